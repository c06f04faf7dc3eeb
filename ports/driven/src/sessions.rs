//! The store of sessions.

use crate::{Expected, Revision, Unavailable};
use async_trait::async_trait;
use hexad_domain::{Event, EventId, SessionChange, SessionId, SessionRecord, UserId};

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveSession {
    /// It is stored, with its events and its cause; this is the record's revision now.
    Saved(Revision),
    /// The record is no longer what was expected. Nothing was stored.
    Stale,
    /// The event that caused the change has been applied to this user's record before. Nothing was stored.
    AlreadyApplied,
}

/// Keeps one session record for each user.
///
/// An adapter MUST
/// - store a change, its events and the id of the event that caused it in one step, or none of them;
/// - answer `AlreadyApplied` rather than `Stale` where both hold;
/// - let exactly one of several simultaneous changes with the same expectation through, from any number of processes;
/// - keep `revoked_through` after the session is gone, at least as long as `retention` of its construction says, and
///   over any number of new sessions;
/// - remember applied ids at least as long as the event source can deliver one again;
/// - take the newest where an older program left several documents for a user;
/// - give data back as they were, and times at least to the millisecond.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// A new session's id, in the store's own form, never used before.
    fn new_id(&self) -> SessionId;

    /// All that is known of the user's session, and the revision to expect when changing it; `None` where nothing is.
    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable>;

    /// Changes the user's record. `cause` is the id of the incoming event that the change follows from, if any.
    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Unavailable>;
}
