//! The use cases over the in-memory adapters, some of them faulty.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod consumer;
mod health;
mod images;
mod images_listed;
mod last_connection;
mod login;
mod profile;
mod registration;
mod relay;
mod sessions;
mod sessions_at_once;
mod world;
