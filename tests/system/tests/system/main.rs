//! The running services, as their clients see them: route by route, with what is good and what is bad; then the
//! programs as processes; then the programs killed at any moment.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code"
)]

mod any_request;
mod auth;
mod bounds;
mod common;
mod connected;
mod cors;
mod crash;
mod image;
mod image_bad;
mod image_grpc;
mod logs;
mod outage;
mod processes;
mod restart;
#[cfg(feature = "servers")]
mod servers;
mod session;
mod session_bad;
mod settings;
mod user_lookup;
mod user_soap;
mod user_soap_bad;
