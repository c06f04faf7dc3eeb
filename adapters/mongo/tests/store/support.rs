//! Stores to try, in databases of their own.

use hexad_mongo::{MongoOptions, MongoStore};
use hexad_ports::{
    Clock, Expected, Prepare, Random, Revision, SaveSession, SessionStore,
    domain::{
        Event, EventId, EventKind, Session, SessionChange, SessionData, SessionId, SessionRecord, Timestamp,
        UserId, Username,
    },
};
use hexad_stage::MongoDatabase;
use mongodb::{
    Client, Collection, Database,
    bson::{DateTime, Document, doc},
};
use serde_json::Value;
use std::{
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A clock that goes on when it is told to.
pub(crate) struct SteeredClock(Mutex<Timestamp>);

impl SteeredClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(SteeredClock(Mutex::new(Timestamp::from_unix_seconds(1_795_373_813).unwrap())))
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.saturating_add(time);
    }
}

impl Clock for SteeredClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Bytes that no other call and no other process of the test has given.
pub(crate) struct Distinct;

impl Random for Distinct {
    fn fill(&self, buffer: &mut [u8]) {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let call = CALLS.fetch_add(1, Ordering::Relaxed) << 32 | u64::from(process::id());
        for (byte, distinct) in buffer.iter_mut().zip(call.to_le_bytes().into_iter().cycle()) {
            *byte = distinct;
        }
    }
}

pub(crate) fn distinct<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    Distinct.fill(&mut bytes);
    bytes
}

/// A database of its own.
pub(crate) struct Place {
    pub(crate) database: MongoDatabase,
    pub(crate) clock: Arc<SteeredClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { database: hexad_stage::mongo(), clock: SteeredClock::new() }
    }

    /// Opens the store anew, as another process would.
    pub(crate) async fn store(&self) -> MongoStore {
        self.store_with(MongoOptions::default()).await
    }

    pub(crate) async fn store_with(&self, options: MongoOptions) -> MongoStore {
        let store = self.unprepared(&self.database.uri, options);
        store.prepare().await.expect("a store");
        store
    }

    /// As [`store`](Self::store), on a machine whose clock is that much ahead.
    pub(crate) async fn store_ahead(&self, time: Duration) -> MongoStore {
        let clock = SteeredClock::new();
        clock.pass(time);
        let store = MongoStore::new(&self.database.uri, MongoOptions::default(), clock, Arc::new(Distinct));
        let store = store.expect("a URI");
        store.prepare().await.expect("a store");
        store
    }

    pub(crate) fn unprepared(&self, uri: &str, options: MongoOptions) -> MongoStore {
        let clock: Arc<SteeredClock> = Arc::clone(&self.clock);
        MongoStore::new(uri, options, clock, Arc::new(Distinct)).expect("a URI")
    }

    /// Leases end by the server's clock, which nobody can turn: they are brought forward instead.
    pub(crate) async fn pass_for_leases(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        let service = self.behind().await.collection::<Document>("session_service");
        let sooner = doc! { "$set": { "until": { "$subtract": ["$until", millis] } } };
        // What was given back has ended long ago.
        let lasting = doc! { "until": { "$gt": DateTime::from_millis(0) } };
        service.update_many(lasting, vec![sooner]).await.unwrap();
    }

    /// The database, past the store: as an original has it.
    pub(crate) async fn behind(&self) -> Database {
        let client = Client::with_uri_str(&self.database.uri).await.expect("a client");
        client.database(&self.database.name)
    }

    pub(crate) async fn sessions(&self) -> Collection<Document> {
        self.behind().await.collection("sessions")
    }

    pub(crate) async fn heads(&self) -> Collection<Document> {
        self.behind().await.collection("session_heads")
    }
}

pub(crate) fn ada() -> UserId {
    UserId::from_stored("5f0c1f6e-3d0b-4d7b-9a57-0d2f9c1b7a01")
}

pub(crate) fn data(value: Value) -> SessionData {
    SessionData::parse(value).unwrap()
}

pub(crate) fn new_session(store: &MongoStore, clock: &SteeredClock, user: &UserId) -> Session {
    let now = Some(clock.now());
    Session {
        id: store.new_id(),
        user_id: user.clone(),
        data: data(serde_json::json!({"text": "hi"})),
        created_at: now,
        updated_at: now,
        connected_at: now,
    }
}

pub(crate) fn created(clock: &SteeredClock, session: &SessionId, user: &UserId) -> Event {
    let kind = EventKind::SessionCreated {
        session_id: session.clone(),
        user_id: user.clone(),
        username: Username::from_stored("ada"),
    };
    Event { id: EventId::new(clock.now(), distinct()), at: clock.now(), subject: "ada".to_owned(), kind }
}

pub(crate) async fn loaded(store: &MongoStore, user: &UserId) -> (SessionRecord, Revision) {
    store.load(user).await.expect("an answer").expect("a record")
}

pub(crate) async fn save(
    store: &MongoStore,
    user: &UserId,
    expected: impl Into<Expected>,
    change: &SessionChange,
    events: &[Event],
) -> SaveSession {
    store.save(user, expected.into(), change, None, events).await.expect("an answer")
}

pub(crate) fn saved(answer: SaveSession) -> Revision {
    match answer {
        SaveSession::Saved(revision) => revision,
        other => panic!("not saved: {other:?}"),
    }
}

/// Opens a session for a user of whom nothing is known.
pub(crate) async fn open(store: &MongoStore, clock: &SteeredClock, user: &UserId) -> (Session, Revision) {
    let session = new_session(store, clock, user);
    let told = created(clock, &session.id, user);
    let change = SessionChange::Open(session.clone());
    let revision = saved(save(store, user, None, &change, &[told]).await);
    (session, revision)
}
