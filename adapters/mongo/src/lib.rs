//! Sessions of Hexad on MongoDB.

mod commit;
mod connect;
#[cfg(all(test, feature = "servers"))]
mod crash;
mod data;
mod dedupe;
mod document;
mod failure;
mod head;
mod lease;
mod options;
mod outbox;
mod prepare;
mod probe;
mod redo;
mod retention;
mod sessions;
mod store;
mod view;

pub use dedupe::{Duplicates, StoredSession};
pub use options::MongoOptions;
pub use retention::Pruned;
pub use store::MongoStore;

// The crash tests and those in `tests/` share what makes a store to try.
#[cfg(all(test, feature = "servers"))]
extern crate self as hexad_mongo;
