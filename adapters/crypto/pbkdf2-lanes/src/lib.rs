//! PBKDF2-HMAC-SHA256 (RFC 8018), several passwords at a time in one thread.
//!
//! One PBKDF2 is a chain in which each step waits for the one before; a processor that works on one chain is idle for
//! much of the time. This crate works on several chains at once, each in a lane of its own: two interleaved where there
//! are SHA instructions, eight or sixteen in the vector registers. What a machine can do is seen when the program runs,
//! and what is best on it is measured.
//!
//! [`derive()`] makes one derivation, here and now:
//!
//! ```
//! let mut key = [0; 32];
//! pbkdf2_lanes::derive(b"correct horse", b"a salt of 16 b..", 600_000, &mut key)?;
//! # Ok::<(), pbkdf2_lanes::Invalid>(())
//! ```
//!
//! An [`Engine`] makes many, for callers that come and go, on threads of its own behind a bounded queue. [`Task`] and
//! [`Kernel`] are what it is made of, for whoever has threads already.
//!
//! What is secret is wiped when it is no longer needed, the stack that was used included; what is left in registers is
//! not. No branch and no address depends on a secret, but that the length of a password shows in the time that its first
//! hash takes.

mod costs;
mod derive;
mod engine;
mod invalid;
mod kernel;
mod keyed;
mod stack;
mod stream;
mod task;

pub use costs::{Cost, Costs};
pub use derive::derive;
pub use engine::{Account, Closing, Engine, Next, Reason, Refused, Request, Settings, Ticket};
pub use invalid::Invalid;
pub use kernel::Kernel;
pub use task::{Derived, Task};
