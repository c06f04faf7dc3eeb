//! Connections to the broker.

mod link;
mod wire;

pub(crate) use link::Link;
pub(crate) use wire::Wire;
