//! The adapter on a real RabbitMQ.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod blocked;
mod consuming;
mod contract;
mod outages;
mod publishing;
mod starting;
mod support;
