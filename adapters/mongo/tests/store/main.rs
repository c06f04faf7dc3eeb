//! The store on a real server: what its ports promise, and what a collection shared with other programs has to stand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is what a test has to say"
)]

mod contract;
mod dedupe;
mod forbidding;
mod originals;
mod outage;
mod refusals;
mod retention;
mod starting;
mod support;
mod waiting;
