//! Users, sessions and events of Hexad on PostgreSQL 13 or newer, for any number of processes.
//!
//! [`PostgresStore`] is the store of users and of sessions, the event log, and the relay's view of it. A table
//! `"user"` that another program made is used as it is, and that program may go on writing to it: everything else
//! stands in tables of our own beside it, whose names begin with `hexad_`.
//!
//! ```no_run
//! use hexad_ports::{Clock, Prepare, Random, UserKey, UserStore, domain::Timestamp};
//! use hexad_postgres::{PostgresOptions, PostgresStore};
//! use std::sync::Arc;
//!
//! struct Stopped;
//! impl Clock for Stopped {
//!     fn now(&self) -> Timestamp {
//!         Timestamp::UNIX_EPOCH
//!     }
//! }
//! struct Zeros;
//! impl Random for Zeros {
//!     fn fill(&self, buffer: &mut [u8]) {
//!         buffer.fill(0);
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let url = "postgres://hexad:secret@db.example/hexad?sslmode=verify-full";
//! let store = PostgresStore::new(url, PostgresOptions::default(), Arc::new(Stopped), Arc::new(Zeros))?;
//! store.prepare().await?;
//! assert!(store.load(UserKey::Username("ada")).await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! The connections keep settings, prepared statements and a subscription of their own: pgbouncer in front of the
//! server has to pool sessions, not transactions.

mod address;
mod key;
mod layout;
mod listener;
mod log;
mod migrations;
mod options;
mod outbox;
mod pool;
mod prepare;
mod probe;
mod refusal;
mod retention;
mod sessions;
mod store;
mod users;
mod watch;

pub use options::{Access, PostgresOptions};
pub use retention::Pruned;
pub use store::PostgresStore;
