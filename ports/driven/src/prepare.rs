//! Making a part on the other side of a network ready for use.

use crate::Unavailable;
use async_trait::async_trait;

/// What a [`Mistake`] is about: it leads an operator to the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concern {
    /// Where the part is.
    Address,
    /// Who we are to it.
    Credentials,
    /// How the connection is encrypted.
    Encryption,
    /// What we use there: a database, a virtual host, a bucket.
    Name,
    /// What we may do there.
    Privilege,
    /// What we found there: a schema newer than the program, a table without a constraint that we rest on.
    Content,
}

/// The part is there, but cannot be used as things are. Only an operator can mend that: trying again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Mistake {
    /// What it is about.
    pub about: Concern,
    /// What is wrong and what would be right, on one line, without a secret.
    pub why: String,
}

impl Mistake {
    /// A mistake about that.
    pub fn new(about: Concern, why: impl Into<String>) -> Self {
        Mistake { about, why: why.into() }
    }
}

/// Why a part is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It cannot be reached now, and may be there later.
    #[error(transparent)]
    Away(#[from] Unavailable),
    /// It can never be used like this.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

/// A part that has to be made ready before its first use, and may not be there yet.
///
/// An adapter MUST
/// - answer every other port with [`Unavailable`] until it is ready, and MUST NOT wait there for it to become so;
/// - let any number of processes prepare the same part at the same time, and a prepared one be prepared again;
/// - tell what only an operator can mend from what may pass by itself: a refused password is a [`Mistake`], a refused
///   connection is not;
/// - answer within ten seconds, except while it brings the part to its own schema.
#[async_trait]
pub trait Prepare: Send + Sync {
    /// Makes the part ready: its schema, its queues, its bucket.
    async fn prepare(&self) -> Result<(), NotReady>;
}
