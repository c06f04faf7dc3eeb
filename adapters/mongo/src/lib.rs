//! Sessions of Hexad on MongoDB.

mod dedupe;
mod options;
mod retention;
mod store;

pub use dedupe::{Duplicates, StoredSession};
pub use options::MongoOptions;
pub use retention::Pruned;
pub use store::MongoStore;
