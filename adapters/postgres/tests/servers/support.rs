//! Stores to try, in databases of their own.

use hexad_ports::{
    Clock, EventLog, Prepare, Random,
    domain::{
        City, Dni, Email, Event, EventId, EventKind, FirstName, LastName, PasswordHash, Timestamp, User,
        UserId, Username,
    },
};
use hexad_postgres::{PostgresOptions, PostgresStore};
use hexad_stage::Database;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A clock that goes on when it is told to.
pub(crate) struct SteeredClock(Mutex<Timestamp>);

impl SteeredClock {
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

/// Bytes that no other call of the test has given.
pub(crate) struct Distinct;

impl Random for Distinct {
    fn fill(&self, buffer: &mut [u8]) {
        static CALLS: AtomicU64 = AtomicU64::new(1);
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
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
    pub(crate) database: Database,
    pub(crate) clock: Arc<SteeredClock>,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let now = Timestamp::from_unix_seconds(1_795_373_813).unwrap();
        Place { database: hexad_stage::postgres().await, clock: Arc::new(SteeredClock(Mutex::new(now))) }
    }

    /// One in which an older program has made the table with such an id column and constraint names of its own.
    pub(crate) async fn adopted(id: &str) -> Self {
        let place = Place::new().await;
        place
            .run(&format!(
                "CREATE TABLE \"user\" (id {id} NOT NULL CONSTRAINT who PRIMARY KEY, username VARCHAR(80) NOT NULL,
                 password VARCHAR(200) NOT NULL, first_name VARCHAR(100) NOT NULL, last_name VARCHAR(100) NOT NULL,
                 dni VARCHAR(20) NOT NULL CONSTRAINT one_document UNIQUE, email VARCHAR(120) NOT NULL,
                 city VARCHAR(100) NOT NULL, CONSTRAINT \"a \"\"name\"\"\" UNIQUE (email));
                 CREATE UNIQUE INDEX ix_user_username ON \"user\" (username)"
            ))
            .await;
        place
    }

    /// The URL for another role.
    pub(crate) fn url_of(&self, role: &str, password: &str) -> String {
        format!("postgres://{role}:{password}@{}/{}", self.database.address, self.database.name)
    }

    /// A store that is not prepared yet.
    pub(crate) fn unprepared(&self, url: &str, options: PostgresOptions) -> PostgresStore {
        PostgresStore::new(url, options, Arc::clone(&self.clock) as _, Arc::new(Distinct)).expect("a store")
    }

    /// A store as another process has it.
    pub(crate) async fn store(&self) -> PostgresStore {
        // Few connections each, as the tests have many stores.
        let store =
            self.unprepared(&self.database.url, PostgresOptions { connections: 2, ..Default::default() });
        store.prepare().await.expect("a prepared store");
        store
    }

    /// A connection past the store.
    pub(crate) async fn behind(&self) -> PgConnection {
        PgConnection::connect(&self.database.url).await.expect("a connection")
    }

    pub(crate) async fn run(&self, statements: &str) {
        run(&mut self.behind().await, statements).await;
    }

    /// The one number that a query gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        sqlx::query_scalar(query).fetch_one(&mut self.behind().await).await.expect("a number")
    }

    /// A role with the password `pw` and these rights, in which `WHO` stands for its name.
    pub(crate) async fn role(&self, rights: &str) -> String {
        let role = format!("{}_role", self.database.name);
        self.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'pw'; {}", rights.replace("WHO", &role))).await;
        role
    }
}

async fn run(connection: &mut PgConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(connection).await.expect(statements);
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

pub(crate) fn login(username: &str) -> Event {
    let at = Timestamp::from_unix_seconds(1_795_373_813).unwrap();
    let kind = EventKind::UserLoggedIn {
        user_id: UserId::from_stored(format!("id of {username}")),
        username: Username::from_stored(username),
        email: Email::from_stored("ada@example.org"),
    };
    Event { id: EventId::new(at, distinct()), at, subject: username.to_owned(), kind }
}

/// Stores a login and answers it.
pub(crate) async fn tell_login(store: &PostgresStore, username: &str) -> Event {
    let event = login(username);
    store.append(std::slice::from_ref(&event)).await.expect("an append");
    event
}
