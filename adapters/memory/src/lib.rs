//! Every driven port of Hexad in memory: for programs that embed Hexad, for trials, and for tests.
//!
//! Nothing here needs a runtime, a thread or a file, and nothing is left to chance: the clock and the random source
//! are given, [`ManualClock`] and [`SeededRandom`] where a program wants to steer them. The adapters hold the whole
//! contract of their ports; only [`UnprotectedHasher`] is, as it says, no protection.
//!
//! | port | adapter |
//! | --- | --- |
//! | `UserStore`, `SessionStore`, `EventLog`, `Outbox`, `Probe` | [`Memory`] |
//! | `Publisher` | [`MemoryBroker`] |
//! | `EventSource` | [`MemoryConsumer`] |
//! | `ImageStore`, `Probe` | [`MemoryImages`] |
//! | `PasswordHasher` | [`UnprotectedHasher`] |
//! | `Tokens` | [`OpaqueTokens`] |
//! | `Clock`, `Random` | [`ManualClock`], [`SeededRandom`] |
//! | any of them, failing and waiting when told to | [`Faulty`], steered by [`Faults`] |
//!
//! A user registers and logs in; the login opens their session:
//!
//! ```
//! use hexad::domain::{Area, Field, Password, RegistrationForm, Timestamp};
//! use hexad::{Auth, Consumer, Registrar, Relay, Sessions, Stamp};
//! use hexad_memory::{
//!     ManualClock, Memory, MemoryBroker, OpaqueTokens, SeededRandom, UnprotectedHasher,
//! };
//! use std::{sync::Arc, time::Duration};
//!
//! # fn main() -> Result<(), hexad::Error> {
//! # pollster::block_on(async {
//! let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-22T18:56:53Z").unwrap()));
//! let random = Arc::new(SeededRandom::new(1));
//! let stamp = Stamp::new(clock.clone(), random.clone());
//! let store = Arc::new(Memory::new(clock.clone(), random.clone()));
//! let broker = MemoryBroker::new();
//! let hasher = Arc::new(UnprotectedHasher::new(random.clone()));
//! let tokens = Arc::new(OpaqueTokens::new(clock, random));
//!
//! let registrar = Registrar {
//!     users: store.clone(),
//!     log: store.clone(),
//!     hasher: hasher.clone(),
//!     stamp: stamp.clone(),
//! };
//! let auth = Auth {
//!     users: store.clone(),
//!     log: store.clone(),
//!     publisher: None,
//!     database: store.clone(),
//!     hasher,
//!     tokens: tokens.clone(),
//!     stamp: stamp.clone(),
//!     token_lifetime: Duration::from_secs(3600),
//!     rehash: true,
//! };
//! let relay = Relay {
//!     outbox: store.clone(),
//!     publisher: Arc::new(broker.clone()),
//!     area: Area::Auth,
//!     batch: 100,
//!     lease: Duration::from_secs(30),
//! };
//! let consumer = Consumer {
//!     source: Arc::new(broker.consumer()),
//!     sessions: store.clone(),
//!     stamp: stamp.clone(),
//! };
//! let sessions = Sessions { store, tokens, stamp };
//!
//! let mut form = RegistrationForm::default();
//! for (field, value) in [
//!     (Field::Username, "ada"),
//!     (Field::Password, "correct horse battery staple"),
//!     (Field::FirstName, "Ada"),
//!     (Field::LastName, "Lovelace"),
//!     (Field::Dni, "12345678Z"),
//!     (Field::Email, "ada@example.com"),
//!     (Field::City, "London"),
//! ] {
//!     form.give(field, value);
//! }
//! let id = registrar.register(&form).await?;
//! let grant = auth.login("ada", &Password::presented("correct horse battery staple")).await?;
//!
//! relay.pass().await?;
//! consumer.step(100).await?;
//! let own = sessions.read(Some(&grant.token), &id).await?;
//! assert_eq!(own.session.connected_at.unwrap().rfc3339_millis(), "2026-11-22T18:56:53.000Z");
//! # Ok(())
//! # })
//! # }
//! ```

mod ambient;
mod broker;
mod faults;
mod hasher;
mod hex;
mod images;
mod lock;
mod store;
mod tokens;

pub use ambient::{ManualClock, SeededRandom};
pub use broker::{DeadLetter, MemoryBroker, MemoryConsumer};
pub use faults::{Fault, Faults, Faulty};
pub use hasher::UnprotectedHasher;
pub use images::MemoryImages;
pub use store::Memory;
pub use tokens::OpaqueTokens;

/// The README's example, run as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
