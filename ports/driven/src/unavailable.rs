//! The one error that every port shares.

use std::error::Error;

/// What is behind the port cannot answer now: it is away, too slow, or broken. The outcome of a change may be
/// unknown then; a repeat finds out. Whether to try again is the caller's decision.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be reached")]
pub struct Unavailable {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl Unavailable {
    /// `what` names the part for an operator ("the user store"); `source` says why, for the log.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Unavailable { what, source: source.into() }
    }

    /// The part that is missing, for an operator to read.
    pub const fn what(&self) -> &'static str {
        self.what
    }
}
