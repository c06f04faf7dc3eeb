//! Databases.

use crate::{Parts, own_name, server};
use sqlx::{Connection, Executor, PgConnection};

/// A PostgreSQL database.
#[derive(Debug, Clone)]
pub struct Database {
    /// The URL of a superuser in it.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Where its server listens: `host:port`.
    pub address: String,
    /// The certificate of the server's authority, where the server speaks TLS: a path.
    pub authority: Option<String>,
}

/// An empty database of the test's own on the server that `HEXAD_TEST_POSTGRES` names.
///
/// # Panics
/// Where it cannot be made.
pub async fn postgres() -> Database {
    let url = server("HEXAD_TEST_POSTGRES");
    let parts: Parts =
        url.parse().expect("HEXAD_TEST_POSTGRES is postgres://user:password@host:port/database");
    let name = own_name("test");
    let mut server =
        PgConnection::connect(&url).await.expect("the PostgreSQL of HEXAD_TEST_POSTGRES answers");
    // The name is ours: letters and digits.
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    server.execute(create).await.expect("a database can be made");
    server.close().await.expect("a good end");
    let Parts { scheme, user, password, address } = parts;
    Database {
        url: format!("{scheme}://{user}:{password}@{address}/{name}"),
        name,
        address,
        authority: std::env::var("HEXAD_TEST_POSTGRES_CA").ok().filter(|path| !path.is_empty()),
    }
}

impl Database {
    /// The same URL with another address in it: a [`Proxy`](crate::Proxy)'s.
    #[must_use]
    pub fn through(&self, address: &str) -> String {
        self.url.replace(&self.address, address)
    }
}

/// A database on a server that speaks MongoDB's protocol. It comes to be when something is written to it.
#[derive(Debug, Clone)]
pub struct MongoDatabase {
    /// The connection string, with the database in it.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// Where its server listens: `host:port`.
    pub address: String,
}

/// A database of the test's own on the server that `HEXAD_TEST_MONGO` names.
///
/// # Panics
/// Where the variable is missing.
#[must_use]
pub fn mongo() -> MongoDatabase {
    let server = server("HEXAD_TEST_MONGO");
    let (before, query) = server.split_once('?').unwrap_or((&server, ""));
    let before = before.trim_end_matches('/');
    let name = own_name("test");
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let address = before.rsplit(['/', '@']).next().unwrap_or(before).to_owned();
    MongoDatabase { uri: format!("{before}/{name}{query}"), name, address }
}

impl MongoDatabase {
    /// The same string with another address in it: a [`Proxy`](crate::Proxy)'s, which the driver is told to take for
    /// the whole of the deployment.
    #[must_use]
    pub fn through(&self, address: &str) -> String {
        let uri = self.uri.replace(&self.address, address);
        let joint = if uri.contains('?') { '&' } else { '?' };
        format!("{uri}{joint}directConnection=true")
    }
}
