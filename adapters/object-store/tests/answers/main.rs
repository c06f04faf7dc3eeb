//! The bucket, before a store whose answers are written here: those that a real one seldom gives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail"
)]

mod asking;
mod preparing;
mod store;
