//! What the system tests of Hexad stand on: the services started with stores of their own, in this process or as the
//! programs themselves, and a client that speaks to them over the wire and knows nothing of how they are made.
//!
//! ```
//! use hexad_system_tests::{Person, Suite};
//!
//! # #[tokio::main]
//! # async fn main() {
//! let suite = Suite::start().await;
//! let ada = Person::new();
//! let id = ada.register(&suite.user_soap).await;
//! let token = ada.log_in(&suite.auth).await;
//! let profile = suite.auth.get("/profile").bearer(&token).send().await.json();
//! assert_eq!(profile["user_id"], id);
//! # }
//! ```
//!
//! Every answer that the client takes is held to what is true of all of them: it has a request id, it is no
//! `internal` error, and it tells nothing of the inside. What cannot go on panics, as this is test code throughout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    reason = "test code"
)]

mod answer;
mod binaries;
mod call;
mod delivery;
mod envelope;
mod footprint;
mod patience;
mod person;
mod picture;
mod program;
mod suite;
pub mod token;

pub use answer::Answer;
pub use binaries::binary;
pub use call::{Call, Service, Unanswered, raw};
pub use delivery::{Delivery, code_of, messages};
pub use envelope::{
    Fault, SOAP_1_1, SOAP_1_2, USER, USER_SERVICE, WEBSERVICE, envelope, get_user, register_user,
};
pub use footprint::{Footprint, count, hold_writes};
pub use patience::{PATIENCE, eventually, until};
pub use person::Person;
pub use picture::{form, picture, upload};
pub use program::{PROGRAMS, Program, Programs, leashed, start_all};
pub use suite::Suite;
