//! What one can ask of Hexad: its use cases, over the ports of `hexad-ports`.
//!
//! This is the one dependency of a program that embeds Hexad: it brings no driver, no runtime and no HTTP. Give each
//! use case the adapters it needs (those of `hexad-memory`, or your own) and call it from any executor.
//!
//! The rules are in [`domain`], the traits in [`ports`]; every use case answers with [`Error`], whose variants are
//! what a caller can act on.
//!
//! ```
//! use hexad::domain::{City, Dni, Email, FirstName, LastName, PasswordHash, Timestamp, User, UserId, Username};
//! use hexad::{Error, Lookup};
//! use hexad_memory::{ManualClock, Memory, SeededRandom};
//! use std::sync::Arc;
//!
//! let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
//! let store = Arc::new(Memory::new(clock, Arc::new(SeededRandom::new(1))));
//! let adopted = store.adopt_user(User {
//!     id: UserId::from_stored("7"),
//!     username: Username::from_stored("ada"),
//!     password: PasswordHash::from_stored(""),
//!     first_name: FirstName::from_stored("Ada"),
//!     last_name: LastName::from_stored("Lovelace"),
//!     dni: Dni::from_stored("12345678Z"),
//!     email: Email::from_stored("ada@example.com"),
//!     city: City::from_stored("London"),
//! });
//! assert!(adopted.is_ok());
//!
//! let lookup = Lookup { users: store };
//! # pollster::block_on(async {
//! assert_eq!(lookup.by_username("ada").await.unwrap().id.as_str(), "7");
//! assert!(matches!(lookup.by_username("Ada").await, Err(Error::UserNotFound)));
//! # });
//! ```
//!
//! `hexad-memory` shows the way from a registration to the session that a login opens.

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
pub use error::{Error, ImageBound};
pub use health::{Health, Report};
pub use hexad_domain as domain;
pub use hexad_ports as ports;
pub use images::{Images, Listing, Uploaded};
pub use last_connection::{LastConnection, LastConnections};
pub use lookup::Lookup;
pub use registrar::Registrar;
pub use relay::{Pass, Relay};
pub use sessions::{Opened, OwnSession, Precondition, Sessions};
pub use stamp::Stamp;
