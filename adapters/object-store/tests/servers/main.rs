//! The bucket, in a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail"
)]

mod contract;
mod listing;
mod mistakes;
mod originals;
mod outage;
mod place;
mod proxy;
mod public;
mod uploading;
mod warnings;
