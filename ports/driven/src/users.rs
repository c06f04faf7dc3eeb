//! The store of users.

use crate::{Expected, Revision, Unavailable};
use async_trait::async_trait;
use hexad_domain::{Event, Field, PasswordHash, User, UserId};

/// By what a user is looked up. Each is compared exactly, with case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKey<'a> {
    /// The id.
    Id(&'a UserId),
    /// The username.
    Username(&'a str),
    /// The mail address.
    Email(&'a str),
}

/// A change of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// A new user.
    Register(User),
    /// The same password in another hash: what the user knows does not change.
    Rehash(PasswordHash),
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveUser {
    /// It is stored, with its events; this is the user's revision now.
    Saved(Revision),
    /// The user is no longer what was expected (for a new user: the id is there already). Nothing was stored.
    Stale,
    /// Another user has this username, dni or email (those named, at least one). Nothing was stored.
    Duplicate(Vec<Field>),
}

/// Keeps users.
///
/// An adapter MUST
/// - store a change and its events in one step, or neither;
/// - let the store's own uniqueness decide between simultaneous registrations: exactly one of those that share a
///   username, dni or email wins, from any number of processes;
/// - name every field in which the winner's row conflicts as far as the store can tell, at least one;
/// - return rows of older programs whatever they hold.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// The user with that key, and the revision to expect when changing it.
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable>;

    /// Which of these a user has already: `Username`, `Dni`, `Email`, in this order. A look to spare a dear hash;
    /// what decides is [`save`](Self::save).
    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable>;

    /// Changes the user `id` (for `Register`, the new user's own id, with `Expected::Absent`).
    async fn save(
        &self,
        id: &UserId,
        expected: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable>;
}
