//! The signals that ask a program to stop.

use std::io;
use tokio::signal::unix::{self, SignalKind};

/// A signal that asks for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) name: &'static str,
    pub(crate) number: i32,
}

/// SIGTERM and SIGINT, from the moment of listening on.
pub(crate) struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
        })
    }

    /// The next of them. Two of one kind that come before anybody looks are one.
    pub(crate) async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.terminate.recv() => {
                Stop { name: "SIGTERM", number: SignalKind::terminate().as_raw_value() }
            }
            _ = self.interrupt.recv() => {
                Stop { name: "SIGINT", number: SignalKind::interrupt().as_raw_value() }
            }
        }
    }
}
