//! Every port that the services need, in a few lines each, and a switch that takes the stores away.

use async_trait::async_trait;
use futures_util::stream;
use hexad::{
    domain::{
        Claims, Event, EventId, Field, Password, PasswordHash, SessionChange, SessionId, SessionRecord,
        Timestamp, User, UserId,
        image::{ImageFormat, ImageName},
    },
    ports::{
        Bytes, Clock, EventLog, Expected, HashError, ImageContent, ImageMeta, ImageStore, PasswordHasher,
        Probe, Random, Revision, SaveSession, SaveUser, Sealed, SessionStore, StagedImage, Stored,
        TokenError, Tokens, Unavailable, UserChange, UserKey, UserStore, Verdict,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering::SeqCst},
    },
    time::Duration,
};

type Images = Arc<Mutex<BTreeMap<ImageName, (Bytes, Option<ImageFormat>)>>>;

pub(crate) struct Parts {
    pub(crate) users: Mutex<Vec<User>>,
    pub(crate) sessions: Mutex<HashMap<UserId, (SessionRecord, u64)>>,
    pub(crate) images: Images,
    /// How many images are being received.
    pub(crate) staged: Arc<()>,
    pub(crate) tokens: Mutex<Vec<Claims>>,
    /// The present, in milliseconds.
    pub(crate) now: AtomicI64,
    /// Whether the stores are away.
    pub(crate) away: AtomicBool,
    /// Whether too many passwords wait to be hashed.
    pub(crate) busy: AtomicBool,
    random: AtomicU8,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            users: Mutex::default(),
            sessions: Mutex::default(),
            images: Images::default(),
            staged: Arc::default(),
            tokens: Mutex::default(),
            now: AtomicI64::new(1_795_373_813_128),
            away: AtomicBool::default(),
            busy: AtomicBool::default(),
            random: AtomicU8::default(),
        }
    }
}

impl Parts {
    fn here(&self) -> Result<(), Unavailable> {
        let away = self.away.load(SeqCst);
        if away { Err(Unavailable::new("the store", "SQL text at /var/lib")) } else { Ok(()) }
    }
}

impl Clock for Parts {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.now.load(SeqCst)).unwrap()
    }
}

impl Random for Parts {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.random.fetch_add(1, SeqCst));
    }
}

#[async_trait]
impl Probe for Parts {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        self.here().map(|()| self.now())
    }
}

#[async_trait]
impl UserStore for Parts {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        self.here()?;
        let is = |user: &User| match key {
            UserKey::Id(id) => user.id == *id,
            UserKey::Username(name) => user.username.as_str() == name,
            UserKey::Email(email) => user.email.as_str() == email,
        };
        let users = self.users.lock().unwrap();
        Ok(users.iter().find(|user| is(user)).map(|user| (user.clone(), Revision::new("1"))))
    }

    async fn taken(&self, _: &str, _: &str, _: &str) -> Result<Vec<Field>, Unavailable> {
        panic!("nobody registers here")
    }

    async fn save(
        &self,
        _: &UserId,
        _: Expected,
        _: UserChange,
        _: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        panic!("nobody registers here")
    }
}

#[async_trait]
impl EventLog for Parts {
    async fn append(&self, _: &[Event]) -> Result<(), Unavailable> {
        self.here()
    }
}

/// The hash of a password is the password.
#[async_trait]
impl PasswordHasher for Parts {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, HashError> {
        panic!("nobody registers here")
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        if self.busy.load(SeqCst) {
            return Err(HashError::Busy { retry_after: Duration::from_millis(6500) });
        }
        let equal = stored.is_some_and(|stored| stored.expose().as_bytes() == password.expose());
        Ok(if equal { Verdict::Match { outdated: false } } else { Verdict::Mismatch })
    }
}

/// A token is the number of its claims.
impl Tokens for Parts {
    fn sign(&self, claims: &Claims) -> String {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.push(claims.clone());
        format!("token-{}", tokens.len() - 1)
    }

    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        let number = token.strip_prefix("token-").and_then(|number| number.parse::<usize>().ok());
        number.and_then(|number| self.tokens.lock().unwrap().get(number).cloned()).ok_or(TokenError::Invalid)
    }
}

#[async_trait]
impl SessionStore for Parts {
    fn new_id(&self) -> SessionId {
        SessionId::from_stored("6741d5f5a1b2c3d4e5f60718")
    }

    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        self.here()?;
        let found = self.sessions.lock().unwrap().get(user).cloned();
        Ok(found.map(|(record, revision)| (record, Revision::new(format!("r{revision}")))))
    }

    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        _: Option<EventId>,
        _: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        self.here()?;
        let mut sessions = self.sessions.lock().unwrap();
        let (mut record, revision) = sessions.get(user).cloned().unwrap_or_default();
        let stands = match expected {
            Expected::Absent => revision == 0,
            Expected::At(expected) => expected == Revision::new(format!("r{revision}")),
        };
        if !stands {
            return Ok(SaveSession::Stale);
        }
        match change.clone() {
            SessionChange::Open(session) | SessionChange::Update(session) => record.session = Some(session),
            SessionChange::End { revoked_through } => {
                record = SessionRecord { session: None, revoked_through: Some(revoked_through) };
            }
        }
        sessions.insert(user.clone(), (record, revision + 1));
        Ok(SaveSession::Saved(Revision::new(format!("r{}", revision + 1))))
    }
}

struct Staged {
    bytes: Vec<u8>,
    images: Images,
    _counted: Arc<()>,
}

#[async_trait]
impl StagedImage for Staged {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable> {
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    /// The digest is no SHA-256, but as long, and another one for other bytes.
    async fn seal(&mut self) -> Result<Sealed, Unavailable> {
        let sum =
            self.bytes.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        Ok(Sealed { size: self.bytes.len() as u64, sha256: format!("{sum:016x}").repeat(4) })
    }

    async fn publish(&mut self, name: &ImageName, format: ImageFormat) -> Result<Stored, Unavailable> {
        let mut images = self.images.lock().unwrap();
        match images.get(name) {
            Some((bytes, _)) if *bytes == self.bytes => Ok(Stored::Same),
            Some(_) => Ok(Stored::Taken),
            None => {
                images.insert(name.clone(), (self.bytes.clone().into(), Some(format)));
                Ok(Stored::Created)
            }
        }
    }
}

#[async_trait]
impl ImageStore for Parts {
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable> {
        self.here()?;
        let images = Arc::clone(&self.images);
        Ok(Box::new(Staged { bytes: Vec::new(), images, _counted: Arc::clone(&self.staged) }))
    }

    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
        self.here()?;
        let images = self.images.lock().unwrap();
        Ok(images.get(name).map(|(bytes, format)| ImageMeta {
            name: name.clone(),
            size: bytes.len() as u64,
            modified: Timestamp::from_unix_seconds(784_111_777).unwrap(),
            format: *format,
            tag: "abc".into(),
        }))
    }

    async fn read(
        &self,
        name: &ImageName,
        range: Option<Range<u64>>,
    ) -> Result<Option<ImageContent>, Unavailable> {
        let Some(meta) = self.head(name).await? else { return Ok(None) };
        let bytes = self.images.lock().unwrap()[name].0.clone();
        let range = range.unwrap_or(0..meta.size);
        let range = range.start..range.end.min(meta.size);
        let bytes = bytes.slice(range.start as usize..range.end as usize);
        Ok(Some(ImageContent { meta, range, bytes: Box::pin(stream::iter([Ok(bytes)])) }))
    }

    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable> {
        self.here()?;
        let images = self.images.lock().unwrap();
        Ok(images
            .keys()
            .filter(|name| after.is_none_or(|after| *name > after))
            .take(limit)
            .cloned()
            .collect())
    }
}
