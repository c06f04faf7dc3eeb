//! Hashing of passwords.

use async_trait::async_trait;
use hexad_domain::{Password, PasswordHash};
use std::time::Duration;

/// Why a password was not hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// So many wait already that this one would wait too long.
    #[error("too many passwords wait to be hashed")]
    Busy {
        /// When it is worth trying again, from the length of the queue and the speed of the hashing.
        retry_after: Duration,
    },
}

/// What comparing a password with a hash gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Match {
        /// Whether the hash is in an older format or cost than new ones have, and should be made anew.
        outdated: bool,
    },
    /// It is not.
    Mismatch,
}

/// Hashes passwords and compares them with hashes.
///
/// An adapter MUST
/// - work on threads of its own, with a bounded queue, so that no other request waits for it;
/// - compare in constant time, and do the same work for `None` as for a hash of the present cost, so that the time
///   does not tell whether a user exists;
/// - bound the cost that a stored hash may ask for; a hash that it cannot read is a `Mismatch` at the same work.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A hash for a new or a changed password, with a salt of its own.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// Whether the password is the one that the hash was made of. `None`: there is no such user.
    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError>;
}
