//! Sessions of Hexad on MongoDB, in the collection that the originals fill, and beside an original that still does.
//!
//! [`MongoStore`] is the store of sessions and the relay's view of their events. The session documents stay as the
//! originals know them (`_id`, `userId`, `data`, `createdAt`, `updatedAt`), with `connectedAt` and `hexadRevision`
//! besides. All else that is known of a user stands in a document of our own, the user's head, in `session_heads`: the
//! revision, what was revoked, the ids of applied events, and the events that wait for the relay. One conditional
//! update of the head is a change, with its events and its cause; what is then done to the session document is
//! finished by whoever comes next, should a process be killed in between. So there is need neither of transactions nor
//! of a replica set. Writes are acknowledged by the majority, from the journal.
//!
//! ```no_run
//! use hexad_mongo::{MongoOptions, MongoStore};
//! use hexad_ports::{Clock, Prepare, Random, SessionStore, domain::{Timestamp, UserId}};
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
//! let uri = "mongodb://127.0.0.1:27017/hexad";
//! let store = MongoStore::new(uri, MongoOptions::default(), Arc::new(Stopped), Arc::new(Zeros))?;
//! store.prepare().await?;
//! assert_eq!(store.load(&UserId::from_stored("nobody")).await?, None);
//! # Ok(())
//! # }
//! ```
//!
//! # An original beside us
//!
//! Its own session service may go on writing the same collection. A document that it inserts is a session, one that
//! it deletes is gone, and what it changes makes what was loaded before stale. Three things cannot be made exact with
//! a writer that knows nothing of us:
//!
//! - What it writes in the moment between a change of ours and that change's reaching the document is merged with it,
//!   member by member of the data; of a member that both wrote, ours stays. The client has been answered without it.
//! - What it inserts in the moment in which we open a session leaves two documents. The newer counts.
//! - A process of ours that is stopped for seconds just before it inserts a session may do so late, after another of
//!   ours has done it in its place and the original has deleted it again: then that session is back.
//!
//! Where it left a user several documents, the newest counts; [`MongoStore::duplicates`] shows them to an operator. No
//! index rests on there being one. A session that ends takes all of its user's documents with it.
//!
//! # What it runs on
//!
//! MongoDB 5.0 or newer, one server or a replica set. No test has run on a real `mongod`. The suite passes on SecantusDB
//! 0.7.0b3 (a server of MongoDB's protocol over WiredTiger), and what is used is what MongoDB documents. FerretDB 1.24
//! does not do: of 240 updates that it confirmed to 8 clients, 40 were applied.

mod aside;
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
mod trial;
mod undo;
mod view;

pub use dedupe::{Duplicates, StoredSession};
pub use options::MongoOptions;
pub use retention::Pruned;
pub use store::MongoStore;

// The crash tests and those in `tests/` share what makes a store to try.
#[cfg(all(test, feature = "servers"))]
extern crate self as hexad_mongo;
