//! The store on real files: what its ports promise, and what a file shared by processes has to stand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is what a test has to say"
)]

mod adverse;
mod consuming;
mod contract;
mod opening;
mod processes;
mod retention;
mod support;
