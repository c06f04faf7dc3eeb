//! Stores to try, in databases of their own.

use hexad_mongo::{MongoOptions, MongoStore};
use hexad_ports::{Clock, Prepare, Random, domain::Timestamp};
use mongodb::{Client, Collection, Database, bson::Document};
use std::{
    env, process,
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
    pub(crate) uri: String,
    pub(crate) name: String,
    pub(crate) clock: Arc<SteeredClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let server = env::var("HEXAD_TEST_MONGO").expect("HEXAD_TEST_MONGO: tests/servers env prints it");
        let name = format!("hexad_{:016x}", u64::from_le_bytes(distinct()));
        Place { uri: format!("{server}/{name}"), name, clock: SteeredClock::new() }
    }

    /// Opens the store anew, as another process would.
    pub(crate) async fn store(&self) -> MongoStore {
        self.store_with(MongoOptions::default()).await
    }

    pub(crate) async fn store_with(&self, options: MongoOptions) -> MongoStore {
        let store = self.unprepared(&self.uri, options);
        store.prepare().await.expect("a store");
        store
    }

    pub(crate) fn unprepared(&self, uri: &str, options: MongoOptions) -> MongoStore {
        let clock: Arc<SteeredClock> = Arc::clone(&self.clock);
        MongoStore::new(uri, options, clock, Arc::new(Distinct)).expect("a URI")
    }

    /// The database, past the store: as an original has it.
    pub(crate) async fn behind(&self) -> Database {
        Client::with_uri_str(&self.uri).await.expect("a client").database(&self.name)
    }

    pub(crate) async fn sessions(&self) -> Collection<Document> {
        self.behind().await.collection("sessions")
    }

    pub(crate) async fn heads(&self) -> Collection<Document> {
        self.behind().await.collection("session_heads")
    }
}
