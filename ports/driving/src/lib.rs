//! What one can ask of Hexad: its use cases, over the ports of `hexad-ports`.
//!
//! This is the one dependency of a program that embeds Hexad: it brings no driver, no runtime and no HTTP. Give each
//! use case the adapters it needs (those of `hexad-memory`, or your own) and call it from any executor.
//!
//! The rules are in [`domain`], the traits in [`ports`]; every use case answers with [`Error`], whose variants are
//! what a caller can act on.

mod auth;
mod consumer;
mod error;
mod health;
mod images;
mod last_connection;
mod lookup;
mod registrar;
mod relay;
mod sessions;
mod stamp;

pub use auth::{Auth, Grant};
pub use consumer::Consumer;
pub use error::Error;
pub use health::{Health, Report};
pub use hexad_domain as domain;
pub use hexad_ports as ports;
pub use images::{Images, Uploaded};
pub use last_connection::{LastConnection, LastConnections};
pub use lookup::Lookup;
pub use registrar::Registrar;
pub use relay::{Pass, Relay};
pub use sessions::{Opened, OwnSession, Precondition, Sessions};
pub use stamp::Stamp;
