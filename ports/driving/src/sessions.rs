//! A user's own session: opened, read, changed and ended by its owner.

use crate::{Error, LastConnection, Stamp, auth::authenticate};
use hexad_domain::{Claims, Decision, Session, SessionChange, SessionData, SessionRecord, UserId};
use hexad_ports::{Expected, Revision, SaveSession, SessionStore, Tokens};
use std::sync::Arc;

/// How often a change is decided anew after another change came first. Each time another one has succeeded; dozens of
/// clients that change one user's session as fast as they are answered still all get their turn.
pub(crate) const TRIES: usize = 256;

/// What the caller wants to be true of the session before it is changed (RFC 9110, section 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    None,
    /// That it is there.
    Exists,
    /// That it is at one of these revisions.
    At(Vec<Revision>),
}

impl Precondition {
    fn holds(&self, revision: &Revision) -> bool {
        match self {
            Precondition::None | Precondition::Exists => true,
            Precondition::At(revisions) => revisions.contains(revision),
        }
    }
}

/// A session, and the revision it is at.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnSession {
    /// The session.
    pub session: Session,
    /// Changes whenever the session does.
    pub revision: Revision,
}

/// What opening a session gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The session.
    pub own: OwnSession,
    /// Whether it is a new one.
    pub created: bool,
}

/// Everything that a token can do with its user's session.
pub struct Sessions {
    /// The sessions.
    pub store: Arc<dyn SessionStore>,
    /// Reads tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Time and ids.
    pub stamp: Stamp,
}

/// A caller whose token holds, and what the store knows of them.
struct Caller {
    claims: Claims,
    record: SessionRecord,
    revision: Option<Revision>,
}

impl Sessions {
    /// Opens the caller's session, or touches the open one, its data replaced where data is given.
    ///
    /// # Errors
    /// Those of the token; `Busy`, `Unavailable`.
    pub async fn open(&self, token: Option<&str>, data: Option<SessionData>) -> Result<Opened, Error> {
        for _ in 0..TRIES {
            let caller = self.caller(token).await?;
            let created = caller.record.session.is_none();
            let who = caller.claims.identity();
            let decision = caller.record.open(&who, self.store.new_id(), data.clone(), self.stamp.now());
            if let Some(own) = self.store_decision(&caller, decision).await? {
                return Ok(Opened { own, created });
            }
        }
        Err(Error::contended())
    }

    /// The session of that user.
    ///
    /// # Errors
    /// Those of the token; `Forbidden`, `SessionNotFound`, `Unavailable`.
    pub async fn read(&self, token: Option<&str>, owner: &UserId) -> Result<OwnSession, Error> {
        let caller = self.owner(token, owner).await?;
        match (caller.record.session, caller.revision) {
            (Some(session), Some(revision)) => Ok(OwnSession { session, revision }),
            _ => Err(Error::SessionNotFound),
        }
    }

    /// Merges a patch (RFC 7396) into the data of that user's session.
    ///
    /// # Errors
    /// Those of the token; `Forbidden`, `SessionNotFound`, `PreconditionFailed`, `Data`, `Busy`, `Unavailable`.
    pub async fn merge(
        &self,
        token: Option<&str>,
        owner: &UserId,
        patch: SessionData,
        precondition: &Precondition,
    ) -> Result<OwnSession, Error> {
        for _ in 0..TRIES {
            let caller = self.owner(token, owner).await?;
            let who = caller.claims.identity();
            let decision = caller.record.merge(&who, patch.clone(), self.stamp.now());
            let decision = caller.demand(precondition, decision)?.ok_or(Error::SessionNotFound)?;
            if let Some(own) = self.store_decision(&caller, decision).await? {
                return Ok(own);
            }
        }
        Err(Error::contended())
    }

    /// Ends that user's session, and with it every token of theirs that was issued until now.
    ///
    /// # Errors
    /// Those of the token; `Forbidden`, `SessionNotFound`, `PreconditionFailed`, `Busy`, `Unavailable`.
    pub async fn delete(
        &self,
        token: Option<&str>,
        owner: &UserId,
        precondition: &Precondition,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let caller = self.owner(token, owner).await?;
            let decision = caller.record.delete(&caller.claims.identity(), self.stamp.now());
            let decision = caller.demand(precondition, Ok(decision))?.ok_or(Error::SessionNotFound)?;
            if self.save(&caller, &decision).await?.is_some() {
                return Ok(());
            }
        }
        Err(Error::contended())
    }

    /// Whether the token still reaches its user's session, opened or not.
    ///
    /// # Errors
    /// Those of the token; `Unavailable`.
    pub async fn verify(&self, token: Option<&str>) -> Result<Claims, Error> {
        Ok(self.caller(token).await?.claims)
    }

    /// When the caller last connected. A user name, where given, must be the caller's.
    ///
    /// # Errors
    /// Those of the token; `Forbidden`, `SessionNotFound`, `Unavailable`.
    pub async fn last_connection(
        &self,
        token: Option<&str>,
        username: Option<&str>,
    ) -> Result<LastConnection, Error> {
        let caller = self.caller(token).await?;
        if username.is_some_and(|name| name != caller.claims.username.as_str()) {
            return Err(Error::Forbidden);
        }
        let session = caller.record.session.ok_or(Error::SessionNotFound)?;
        LastConnection::of(&session, self.stamp.now()).ok_or(Error::SessionNotFound)
    }

    async fn caller(&self, token: Option<&str>) -> Result<Caller, Error> {
        let claims = authenticate(self.tokens.as_ref(), &self.stamp, token)?;
        let (record, revision) = match self.store.load(&claims.user_id).await? {
            Some((record, revision)) => (record, Some(revision)),
            None => (SessionRecord::default(), None),
        };
        if record.revokes(claims.issue_time()) {
            return Err(Error::TokenInvalid);
        }
        Ok(Caller { claims, record, revision })
    }

    async fn owner(&self, token: Option<&str>, owner: &UserId) -> Result<Caller, Error> {
        let caller = self.caller(token).await?;
        if caller.claims.may_reach(owner) { Ok(caller) } else { Err(Error::Forbidden) }
    }

    /// Stores a decision that leaves a session; `None` where another change came first.
    async fn store_decision(&self, caller: &Caller, decision: Decision) -> Result<Option<OwnSession>, Error> {
        let Some(revision) = self.save(caller, &decision).await? else { return Ok(None) };
        match decision.change {
            SessionChange::Open(session) | SessionChange::Update(session) => {
                Ok(Some(OwnSession { session, revision }))
            }
            SessionChange::End { .. } => Err(Error::SessionNotFound),
        }
    }

    async fn save(&self, caller: &Caller, decision: &Decision) -> Result<Option<Revision>, Error> {
        let Claims { user_id, username, .. } = &caller.claims;
        let event = decision.event.clone().map(|kind| self.stamp.event(username.as_str(), kind));
        let expected = Expected::from(caller.revision.clone());
        match self.store.save(user_id, expected, &decision.change, None, event.as_slice()).await? {
            SaveSession::Saved(revision) => Ok(Some(revision)),
            SaveSession::Stale | SaveSession::AlreadyApplied => Ok(None),
        }
    }
}

impl Caller {
    /// What was decided, if the precondition holds for a session that is there.
    fn demand<T>(
        &self,
        precondition: &Precondition,
        decided: Result<Option<T>, hexad_domain::DataError>,
    ) -> Result<Option<T>, Error> {
        match &self.revision {
            Some(revision) if self.record.session.is_some() && !precondition.holds(revision) => {
                Err(Error::PreconditionFailed)
            }
            _ => Ok(decided?),
        }
    }
}
