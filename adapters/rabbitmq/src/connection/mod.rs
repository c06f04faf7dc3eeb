//! Connections to the broker.

mod channel;
mod link;
mod wire;

pub(crate) use channel::OpenChannel;
pub(crate) use link::Link;
pub(crate) use wire::Wire;
