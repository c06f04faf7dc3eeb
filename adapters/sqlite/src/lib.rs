//! Users, sessions and events of Hexad on SQLite: one file that any number of processes on one machine share.
//!
//! [`SqliteStore`] is the store of users and of sessions, the event log, and the relay's view of it. In the embedded
//! default there is no broker: [`SqliteEventSource`] reads the events of other services from the same file. What is
//! answered is on the disk, and a process may be killed at any moment.
//!
//! ```
//! use hexad_ports::{Clock, Probe, Random, UserKey, UserStore, domain::Timestamp};
//! use hexad_sqlite::{SqliteOptions, SqliteStore};
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
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("hexad.db");
//! let store = SqliteStore::open(&path, SqliteOptions::default(), Arc::new(Stopped), Arc::new(Zeros)).await.unwrap();
//! assert!(store.check().await.is_ok());
//! assert_eq!(store.load(UserKey::Username("ada")).await.unwrap(), None);
//! # });
//! ```
//!
//! Beside the file lie SQLite's own (`-wal`, `-shm`) and a few empty ones that end in `.lock`. The folder must be on
//! a local disk: WAL mode shares memory between processes, which network file systems do not.

mod database;
mod file;
mod log;
mod open;
mod options;
mod outbox;
mod probe;
mod retention;
mod row;
mod sessions;
mod source;
mod store;
mod users;
mod watch;

pub use open::OpenError;
pub use options::SqliteOptions;
pub use retention::Pruned;
pub use source::SqliteEventSource;
pub use store::SqliteStore;
