//! The two services as a client sees them: requests in, answers out, over stores in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod description;
mod lookup;
mod register;
mod world;
