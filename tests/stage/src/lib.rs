//! A stage of its own for each test on the real servers: a database, a virtual host or a bucket that nobody else has,
//! and a [`Proxy`] that stands between a client and any server when the network is to be bad.
//!
//! `tests/servers start` provides the servers, and `tests/servers env` the variables that name them. A test that finds
//! its variable missing fails and says so; it is never skipped.
//!
//! ```
//! use hexad_stage::{Mode, Proxy};
//! use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
//! let proxy = Proxy::start(&server.local_addr().unwrap().to_string()).await;
//! let mut client = TcpStream::connect(proxy.address()).await.unwrap();
//! let (mut accepted, _) = server.accept().await.unwrap();
//! client.write_all(b"hello").await.unwrap();
//! let mut heard = [0; 5];
//! accepted.read_exact(&mut heard).await.unwrap();
//! assert_eq!(&heard, b"hello");
//!
//! proxy.set(Mode::Cut);
//! assert!(matches!(client.read(&mut heard).await, Ok(0) | Err(_)));
//! # });
//! ```
//!
//! What a test made stays until `tests/servers stop` forgets all data: to look at after a failure, and since a test
//! that was killed could not clear it away either.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "what is missing on a stage has to end the test"
)]

mod database;
mod proxy;
mod virtual_host;

pub use database::{Database, MongoDatabase, mongo, postgres};
pub use proxy::{Direction, Mode, Proxy};
pub use virtual_host::{VirtualHost, rabbitmq};

use std::env;

/// An object store, and the name of a bucket that nobody has made yet.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Where the store is: `http://host:port`.
    pub endpoint: String,
    /// Who may do everything there.
    pub access_key: String,
    /// The key to that.
    pub secret_key: String,
    /// The name of the bucket.
    pub name: String,
}

/// A bucket of the test's own, at the store that `HEXAD_TEST_S3` names.
///
/// # Panics
/// Where the variable is missing or no such URL.
#[must_use]
pub fn s3() -> Bucket {
    let url = server("HEXAD_TEST_S3");
    let uri: Parts = url.parse().expect("HEXAD_TEST_S3 is http://access-key:secret-key@host:port");
    Bucket {
        endpoint: format!("http://{}", uri.address),
        access_key: uri.user,
        secret_key: uri.password,
        name: own_name("bucket").replace('_', "-"),
    }
}

/// The value of a variable of `tests/servers env`.
fn server(variable: &str) -> String {
    env::var(variable).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| {
        panic!("{variable} is not set: run tests/servers start, and then eval \"$(tests/servers env)\"")
    })
}

/// A name that no other test has: lower-case letters, digits and `_`.
fn own_name(what: &str) -> String {
    let mut random = fastrand::Rng::new();
    format!("hexad_{what}_{:016x}", random.u64(..))
}

/// `scheme://user:password@host:port`, taken apart. None of the parts holds what would have to be escaped.
struct Parts {
    scheme: String,
    user: String,
    password: String,
    address: String,
}

impl std::str::FromStr for Parts {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = url.split_once("://").ok_or("no scheme")?;
        let (who, rest) = rest.rsplit_once('@').ok_or("no user")?;
        let (user, password) = who.split_once(':').ok_or("no password")?;
        let address = rest.split('/').next().unwrap_or(rest);
        Ok(Parts {
            scheme: scheme.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            address: address.to_owned(),
        })
    }
}
