//! The server as a client meets it: most of these tests speak to a listener on a port of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod beside;
mod bounds;
mod lasting;
mod protocols;
mod proxies;
mod shutdown;
mod support;
mod timeouts;
