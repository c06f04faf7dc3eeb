//! The services over a store that a test can take away, and a client that takes answers apart.

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use hexad::domain::{Event, Field, Password, PasswordHash, Timestamp, User, UserId};
use hexad::ports::{
    Clock, EventLog, Expected, HashError, PasswordHasher, Probe, Random, Revision, SaveUser, Unavailable,
    UserChange, UserKey, UserStore, Verdict,
};
use hexad::{Lookup, Registrar, Stamp};
use hexad_http::{App, Health, Limits, RequestIds};
use hexad_soap::register::Duplicates;
use hexad_soap::{lookup, register};
use http::{HeaderMap, Method, Request, StatusCode, header};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use xml::reader::XmlEvent;

pub(crate) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// An envelope of that namespace around the body's content.
pub(crate) fn envelope(namespace: &str, body: &str) -> String {
    format!("<e:Envelope xmlns:e='{namespace}'><e:Body>{body}</e:Body></e:Envelope>")
}

/// Both services over one store.
pub(crate) struct World {
    pub(crate) parts: Arc<Parts>,
    pub(crate) registration: App,
    pub(crate) lookup: App,
}

impl World {
    pub(crate) fn new() -> Self {
        World::with(Duplicates::Fault, Limits::default())
    }

    pub(crate) fn with(duplicates: Duplicates, limits: Limits) -> Self {
        let parts = Arc::new(Parts::default());
        let registrar = Arc::new(Registrar {
            users: parts.clone(),
            log: parts.clone(),
            hasher: parts.clone(),
            stamp: Stamp::new(parts.clone(), parts.clone()),
        });
        let health = Health::new(hexad::Health::default().with_store("users", parts.clone()));
        let registration = register::router(registrar, &health, duplicates);
        let lookup = lookup::router(Arc::new(Lookup { users: parts.clone() }), &health);
        let app = |name, router| App::builder(name, router, RequestIds::new(1)).limits(limits);
        World {
            parts,
            registration: app("user-soap", registration).refuse_with(register::refuse).build(),
            lookup: app("user-lookup", lookup).refuse_with(lookup::refuse).build(),
        }
    }

    /// Registers somebody with these fields in place of the usual ones.
    pub(crate) async fn register(&self, changes: &[(&str, &str)]) -> Answer {
        post(&self.registration, "/register", "text/xml", envelope(SOAP_11, &registration(changes))).await
    }
}

/// A good registration, but for the changes.
pub(crate) fn registration(changes: &[(&str, &str)]) -> String {
    let good = [
        ("username", "ada"),
        ("password", "correct horse"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("dni", "X-1"),
        ("email", "ada@example.org"),
        ("city", "London"),
    ];
    let fields = good.map(|(name, value)| {
        let value = changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, value)| value);
        format!("<u:{name}>{value}</u:{name}>")
    });
    format!("<u:registerUser xmlns:u='http://example.com/user'>{}</u:registerUser>", fields.concat())
}

/// What a service answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn content_type(&self) -> &str {
        self.headers[header::CONTENT_TYPE].to_str().unwrap()
    }

    /// The texts of all elements that stand at that path of local names below the envelope's Body.
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        let wanted = format!("Envelope/Body/{path}");
        let (mut stack, mut texts) = (Vec::new(), Vec::new());
        for event in xml::EventReader::new(self.body.as_bytes()) {
            match event.unwrap_or_else(|error| panic!("{error}: {}", self.body)) {
                XmlEvent::StartElement { name, .. } => {
                    stack.push(name.local_name);
                    if stack.join("/") == wanted {
                        texts.push(String::new());
                    }
                }
                XmlEvent::EndElement { .. } => drop(stack.pop()),
                XmlEvent::Characters(text) | XmlEvent::Whitespace(text) if stack.join("/") == wanted => {
                    texts.last_mut().unwrap().push_str(&text);
                }
                _ => {}
            }
        }
        texts
    }

    /// The text of the one element at that path.
    pub(crate) fn text(&self, path: &str) -> String {
        let texts = self.texts(path);
        assert_eq!(texts.len(), 1, "{path} in {}", self.body);
        texts.into_iter().next().unwrap()
    }

    /// The fault in 1.1: who is at fault, and the code in the detail.
    pub(crate) fn fault_1_1(&self) -> (String, String) {
        (self.text("Fault/faultcode"), self.text("Fault/detail/error/code"))
    }

    /// The fields that the fault's detail names, each with its code.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let of = |part: &str| self.texts(&format!("Fault/detail/error/field/{part}"));
        of("name").into_iter().zip(of("code")).collect()
    }
}

pub(crate) async fn send(app: &App, request: Request<Body>) -> Answer {
    let response = app.handle(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.into()).unwrap() }
}

pub(crate) async fn post(app: &App, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, content_type);
    send(app, request.body(body.into()).unwrap()).await
}

pub(crate) async fn call(app: &App, method: Method, path: &str) -> Answer {
    send(app, Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn get(app: &App, path: &str) -> Answer {
    call(app, Method::GET, path).await
}

/// Every port that the services need.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) users: Mutex<Vec<User>>,
    /// The events that were stored, by name.
    pub(crate) events: Mutex<Vec<&'static str>>,
    /// Whether the store is away.
    pub(crate) away: AtomicBool,
    /// Whether too many passwords wait to be hashed.
    pub(crate) busy: AtomicBool,
    random: AtomicU8,
}

impl Parts {
    fn here(&self) -> Result<(), Unavailable> {
        let away = self.away.load(Ordering::Relaxed);
        if away { Err(Unavailable::new("the user store", "SQL text at /var/lib")) } else { Ok(()) }
    }

    fn note(&self, events: &[Event]) {
        self.events.lock().unwrap().extend(events.iter().map(|event| event.kind.name()));
    }
}

#[async_trait]
impl UserStore for Parts {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        self.here()?;
        let UserKey::Username(wanted) = key else { panic!("{key:?}") };
        let users = self.users.lock().unwrap();
        Ok(users
            .iter()
            .find(|user| user.username.as_str() == wanted)
            .map(|user| (user.clone(), Revision::new("1"))))
    }

    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable> {
        self.here()?;
        let users = self.users.lock().unwrap();
        let any = |is: &dyn Fn(&User) -> bool| users.iter().any(is);
        let taken = [
            (Field::Username, any(&|user| user.username.as_str() == username)),
            (Field::Dni, any(&|user| user.dni.as_str() == dni)),
            (Field::Email, any(&|user| user.email.as_str() == email)),
        ];
        Ok(taken.into_iter().filter(|(_, taken)| *taken).map(|(field, _)| field).collect())
    }

    async fn save(
        &self,
        _: &UserId,
        _: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        self.here()?;
        let UserChange::Register(user) = change else { panic!("{change:?}") };
        self.users.lock().unwrap().push(user);
        self.note(events);
        Ok(SaveUser::Saved(Revision::new("1")))
    }
}

#[async_trait]
impl EventLog for Parts {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        self.here()?;
        self.note(events);
        Ok(())
    }
}

#[async_trait]
impl PasswordHasher for Parts {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, HashError> {
        if self.busy.load(Ordering::Relaxed) {
            return Err(HashError::Busy { retry_after: Duration::from_secs(7) });
        }
        Ok(PasswordHash::from_stored("a hash"))
    }

    async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        panic!("no service here compares passwords")
    }
}

#[async_trait]
impl Probe for Parts {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        self.here().map(|()| Timestamp::UNIX_EPOCH)
    }
}

impl Clock for Parts {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

impl Random for Parts {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.random.fetch_add(1, Ordering::Relaxed));
    }
}
