//! Breaks a running Hexad in every way that a deployment breaks, under load, and holds what was answered, what is
//! stored and what arrived against each other: nothing confirmed may be lost, nothing made up, nothing out of order.
//!
//! A round writes, breaks something, lets the system come to rest, and checks. [`ledger::check`] is the judge, and
//! knows nothing of how a round came about:
//!
//! ```
//! use hexad_faults::ledger::{Check, Deed, History, Outcome, Told, Write, check};
//!
//! let id = "e25199a2-e559-44e7-82fb-080f8233c293".to_owned();
//! let mut history = History::default();
//! history.writes.push(Write {
//!     who: "ada".to_owned(),
//!     deed: Deed::Register,
//!     sent: 1,
//!     ended: 2,
//!     outcome: Outcome::Promised(Told::Id(id.clone())),
//! });
//! // No row has her: what was answered is lost.
//! let lost = check(&history);
//! assert_eq!(lost.findings[0].check, Check::AnsweredIsStored);
//! // The row is there, and no event ever told of it.
//! history.stored.users.insert("ada".to_owned(), id);
//! assert_eq!(check(&history).findings[0].check, Check::StoredIsTold);
//! ```
//!
//! What cannot go on panics, as this is test code throughout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "test code"
)]

pub mod bare;
pub mod ledger;
pub mod load;
pub mod mutants;
mod observer;
pub mod rest;
pub mod round;
pub mod staging;
pub mod stores;
pub mod system;
mod target;

pub use observer::Observer;
pub use target::Target;
