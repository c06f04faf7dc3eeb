//! Stores to try, in databases of their own.

mod proxy;

pub(crate) use proxy::{Network, Proxy};

use hexad_ports::{
    Clock, EventLog, Prepare, Random,
    domain::{
        City, Dni, Email, Event, EventId, EventKind, FirstName, LastName, PasswordHash, Timestamp, User,
        UserId, Username,
    },
};
use hexad_postgres::{PostgresOptions, PostgresStore};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    str::FromStr,
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

/// The server, as its superuser.
pub(crate) fn server() -> PgConnectOptions {
    let url = std::env::var("HEXAD_TEST_POSTGRES").expect("HEXAD_TEST_POSTGRES: see `tests/servers env`");
    PgConnectOptions::from_str(&url).expect("a URL in HEXAD_TEST_POSTGRES").disable_statement_logging()
}

/// A database of its own, which goes with it.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) clock: Arc<SteeredClock>,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let mut admin = server().connect().await.expect("the server");
        let name: String = sqlx::query_scalar("SELECT 'hexad_' || replace(gen_random_uuid()::text, '-', '')")
            .fetch_one(&mut admin)
            .await
            .unwrap();
        run(&mut admin, &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await;
        admin.close().await.unwrap();
        let now = Timestamp::from_unix_seconds(1_795_373_813).unwrap();
        Place { name, clock: Arc::new(SteeredClock(Mutex::new(now))) }
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

    pub(crate) fn url(&self) -> String {
        self.url_at(server().get_port())
    }

    /// The database through another port.
    pub(crate) fn url_at(&self, port: u16) -> String {
        let url = std::env::var("HEXAD_TEST_POSTGRES").unwrap();
        let (credentials, _) = url.split_once('@').unwrap();
        format!("{credentials}@{}:{port}/{}", server().get_host(), self.name)
    }

    /// The database for another role.
    pub(crate) fn url_of(&self, role: &str, password: &str) -> String {
        format!("postgres://{role}:{password}@{}:{}/{}", server().get_host(), server().get_port(), self.name)
    }

    /// A store that is not prepared yet.
    pub(crate) fn unprepared(&self, url: &str, options: PostgresOptions) -> PostgresStore {
        PostgresStore::new(url, options, Arc::clone(&self.clock) as _, Arc::new(Distinct)).expect("a store")
    }

    /// A store as another process has it.
    pub(crate) async fn store(&self) -> PostgresStore {
        // Few connections each, as the tests have many stores.
        let store = self.unprepared(&self.url(), PostgresOptions { connections: 2, ..Default::default() });
        store.prepare().await.expect("a prepared store");
        store
    }

    /// A connection past the store.
    pub(crate) async fn behind(&self) -> PgConnection {
        server().database(&self.name).connect().await.expect("a connection")
    }

    pub(crate) async fn run(&self, statements: &str) {
        run(&mut self.behind().await, statements).await;
    }

    /// The one number that a query gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        sqlx::query_scalar(query).fetch_one(&mut self.behind().await).await.expect("a number")
    }

    /// A role of this database alone, with these rights. It goes with the database.
    pub(crate) async fn role(&self, rights: &str) -> String {
        let role = format!("{}_role", self.name);
        self.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'pw'; {}", rights.replace("ROLE", &role))).await;
        role
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let name = self.name.clone();
        // A runtime of its own, as the test's may be ending.
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut admin = server().connect().await.unwrap();
                run(&mut admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                run(&mut admin, &format!("DROP ROLE IF EXISTS {name}_role")).await;
            });
        });
        let _ = gone.join();
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
