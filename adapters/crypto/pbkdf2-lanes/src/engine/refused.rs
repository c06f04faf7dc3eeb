//! Why there is no result.

use std::time::Duration;

/// A derivation that was not made, or whose result nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// How long what is there now will take, by the speed that was measured: when it is worth coming again. For an
    /// account that has too many, how long it will take until the first of them is done.
    pub retry_after: Duration,
}

/// Why a derivation was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// As many wait as may.
    #[error("too many derivations wait")]
    Full,
    /// It would wait longer than it may.
    #[error("a derivation would wait too long")]
    TooLong,
    /// It has waited longer than it may.
    #[error("a derivation has waited too long")]
    Late,
    /// As many of the same account wait and run as may.
    #[error("too many derivations of one account")]
    Account,
    /// The engine is closed.
    #[error("the engine is closed")]
    Closed,
    /// What was to follow the derivation panicked.
    #[error("what follows a derivation failed")]
    Failed,
}
