//! The store on a real server: what its ports promise, and what a database shared with other programs, on the other
//! side of a network, has to stand. `tests/servers start` gives the server, `tests/servers env` says where it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is what a test has to say"
)]

mod adopting;
mod contract;
mod outages;
mod preparing;
mod relaying;
mod retention;
mod support;
