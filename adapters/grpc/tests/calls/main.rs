//! The service as its clients call it: in this process, or over a connection where that is what a test is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cutting;
mod deadlines;
mod health;
mod listing;
mod reflection;
mod uploading;
mod wire;
mod world;
