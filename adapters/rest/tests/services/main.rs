//! The four services as their clients meet them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod auth;
mod connected;
mod image;
mod image_listing;
mod image_put;
mod image_serving;
mod session;
mod session_refusals;
mod world;
