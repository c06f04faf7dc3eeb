//! The registration and lookup services of Hexad as SOAP, 1.1 and 1.2.

mod envelope;
mod events;
mod fault;
mod media_type;
mod operation;
pub mod register;
mod version;
mod writer;

pub use fault::Fault;
pub use operation::{Operation, Request};
pub use version::Version;

/// The namespace of the registration's answers, and of the detail of every fault.
pub const USER_SERVICE: &str = "http://example.com/userservice";
