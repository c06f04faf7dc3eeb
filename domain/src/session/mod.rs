//! Sessions: one for each user, opened by a login or by its owner, ended by deletion.

mod data;
mod record;

pub use data::{DataError, SessionData};
pub use record::{Decision, Identity, SessionChange, SessionRecord};

use crate::{SessionId, Timestamp, UserId};

/// A user's session.
///
/// The times are missing only in documents that another program wrote without a readable date.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The document's own id, made by the store.
    pub id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// What the client keeps in it.
    pub data: SessionData,
    /// When it was opened first.
    pub created_at: Option<Timestamp>,
    /// When its data last changed, or its owner last opened it.
    pub updated_at: Option<Timestamp>,
    /// When the user last logged in or opened it.
    pub connected_at: Option<Timestamp>,
}

impl Session {
    /// The user's last connection as far as this session knows: the later of `connected_at` and `created_at`
    /// (older programs wrote only the latter).
    pub fn last_connection(&self) -> Option<Timestamp> {
        self.connected_at.max(self.created_at)
    }
}
