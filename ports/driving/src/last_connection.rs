//! When a user last connected.

use crate::{Error, Lookup};
use hexad_domain::{Session, Timestamp, UserId, phrase};
use hexad_ports::{Clock, SessionStore};
use std::sync::Arc;

/// When a user last connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastConnection {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub at: Timestamp,
    /// How long ago, in words.
    pub phrase: String,
}

impl LastConnection {
    /// Of a session that has a readable date.
    pub(crate) fn of(session: &Session, now: Timestamp) -> Option<Self> {
        let at = session.last_connection()?;
        Some(LastConnection { user_id: session.user_id.clone(), at, phrase: phrase::from_now(at, now) })
    }
}

/// Tells when users last connected.
pub struct LastConnections {
    /// Who is who.
    pub lookup: Lookup,
    /// Their sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

impl LastConnections {
    /// When the user of that name last connected.
    ///
    /// # Errors
    /// `UserNotFound`, `NoSessions`, `Unavailable`.
    pub async fn by_username(&self, username: &str) -> Result<LastConnection, Error> {
        let user = self.lookup.by_username(username).await?;
        let session = self.sessions.load(&user.id).await?.and_then(|(record, _)| record.session);
        session.and_then(|session| LastConnection::of(&session, self.clock.now())).ok_or(Error::NoSessions)
    }
}
