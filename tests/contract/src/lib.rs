//! What the driven ports promise, as tests: one suite for each port, run by every adapter of that port.
//!
//! An adapter implements the suite's harness (how to get at a fresh store, and at what a test has to see or to do
//! behind the port) and names a function that makes one. The suite's macro then makes a `#[test]` of each promise, in
//! a module of the suite's name, so that every adapter's report reads alike:
//!
//! ```
//! use hexad_contract::RandomHarness;
//! use hexad_ports::Random;
//! use std::sync::Arc;
//!
//! # struct OsRandom;
//! # impl Random for OsRandom {
//! #     fn fill(&self, buffer: &mut [u8]) { buffer.fill(4) }
//! # }
//! struct Harness;
//!
//! impl RandomHarness for Harness {
//!     fn random(&self) -> Arc<dyn Random> {
//!         Arc::new(OsRandom)
//!     }
//! }
//!
//! async fn harness() -> Harness {
//!     Harness
//! }
//!
//! hexad_contract::random!(harness);
//! ```
//!
//! Each test has a harness of its own, a runtime of several threads, and a minute.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is what this crate has to say"
)]
#![allow(missing_docs, reason = "the name of a promise is the whole of it")]

pub mod events;
pub mod hasher;
pub mod images;
pub mod probe;
pub mod publisher;
pub mod random;
pub mod sessions;
pub mod source;
pub mod tokens;
pub mod users;

mod outbox;
mod run;
mod sample;
mod suite;

pub use events::EventsHarness;
pub use hasher::HasherHarness;
pub use images::ImagesHarness;
pub use probe::ProbeHarness;
pub use publisher::PublisherHarness;
pub use random::RandomHarness;
pub use run::run;
pub use sessions::SessionsHarness;
pub use source::{OpenSourceHarness, SourceHarness};
pub use tokens::TokensHarness;
pub use users::{AdoptedUsersHarness, UsersHarness};
