//! Stores to try, on files of their own.

use hexad_ports::{
    Clock, EventLog, Random,
    domain::{
        City, Dni, Email, Event, EventId, EventKind, FirstName, LastName, PasswordHash, Timestamp, User,
        UserId, Username,
    },
};
use hexad_sqlite::{SqliteOptions, SqliteStore};
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    path::{Path, PathBuf},
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

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

pub(crate) async fn open(path: &Path, clock: Arc<SteeredClock>) -> SqliteStore {
    SqliteStore::open(path, SqliteOptions::default(), clock, Arc::new(Distinct)).await.expect("a store")
}

/// A file in a folder of its own, which goes with it.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) clock: Arc<SteeredClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { folder: tempfile::tempdir().unwrap(), clock: SteeredClock::new() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("hexad.db")
    }

    /// Opens the file anew, as another process would.
    pub(crate) async fn store(&self) -> SqliteStore {
        open(&self.path(), Arc::clone(&self.clock)).await
    }

    /// A connection past the store.
    pub(crate) async fn behind(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.path())
            .busy_timeout(Duration::from_secs(20))
            .connect()
            .await
            .expect("a connection")
    }

    /// The one number that a query gives.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&mut self.behind().await).await.expect("a number")
    }
}

pub(crate) fn distinct<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    Distinct.fill(&mut bytes);
    bytes
}

/// A user who shares nothing but the name with anybody.
pub(crate) fn user(username: &str) -> User {
    let number = u64::from_le_bytes(distinct());
    User {
        id: UserId::from_random(distinct()),
        username: Username::from_stored(username),
        password: PasswordHash::from_stored("$pbkdf2-sha256$i=1$x$y"),
        first_name: FirstName::from_stored("Ada"),
        last_name: LastName::from_stored("Lovelace"),
        dni: Dni::from_stored(format!("{number}")),
        email: Email::from_stored(format!("{number}@example.org")),
        city: City::from_stored("London"),
    }
}

pub(crate) fn event(clock: &dyn Clock, subject: &str, kind: EventKind) -> Event {
    let at = clock.now();
    Event { id: EventId::new(at, distinct()), at, subject: subject.to_owned(), kind }
}

pub(crate) fn login(clock: &dyn Clock, username: &str) -> Event {
    let kind = EventKind::UserLoggedIn {
        user_id: UserId::from_stored(format!("id of {username}")),
        username: Username::from_stored(username),
        email: Email::from_stored("ada@example.org"),
    };
    event(clock, username, kind)
}

/// Stores a login and answers it.
pub(crate) async fn tell_login(store: &SqliteStore, clock: &dyn Clock, username: &str) -> Event {
    let event = login(clock, username);
    store.append(std::slice::from_ref(&event)).await.expect("an append");
    event
}
