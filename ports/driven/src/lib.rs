//! The driven ports: what Hexad needs from the outside, as traits that adapters implement.
//!
//! Every port is `Send + Sync` and held as `Arc<dyn …>`. Each method is atomic for its aggregate: no transaction
//! crosses a port, since none could span a database, a document store and a broker. The documentation of a port
//! states what an adapter MUST do; the suites in `tests/contract` hold every adapter to it.
//!
//! `Ok(None)` means not found. An adapter that cannot answer within its time-outs says [`Unavailable`], whose source
//! is for the log alone.
//!
//! ```
//! use hexad_ports::{Clock, domain::Timestamp};
//!
//! struct Stopped;
//! impl Clock for Stopped {
//!     fn now(&self) -> Timestamp {
//!         Timestamp::UNIX_EPOCH
//!     }
//! }
//! assert_eq!(Stopped.now().rfc3339_millis(), "1970-01-01T00:00:00.000Z");
//! ```

mod ambient;
mod error_chain;
mod events;
mod images;
mod passwords;
mod prepare;
mod revision;
mod sessions;
mod tokens;
mod unavailable;
mod users;

pub use ambient::{Clock, Probe, Random};
pub use error_chain::error_chain;
pub use events::{
    Claim, Content, Delivery, DeliveryTag, EventLog, EventSource, Outbox, Outgoing, Publication, Publisher,
    Settlement,
};
pub use hexad_domain as domain;
pub use images::{ByteStream, ImageContent, ImageMeta, ImageStore, Sealed, StagedImage, Stored};
pub use passwords::{HashError, PasswordHasher, Verdict};
pub use prepare::{Concern, Mistake, NotReady, Prepare};
pub use revision::{Expected, Revision};
pub use sessions::{SaveSession, SessionStore};
pub use tokens::{TokenError, Tokens};
pub use unavailable::Unavailable;
pub use users::{SaveUser, UserChange, UserKey, UserStore};

pub use async_trait::async_trait;
pub use bytes::Bytes;
