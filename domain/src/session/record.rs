//! The decisions about a user's session. Each looks at all that the store knows of the user and says what to change
//! and what to tell; the store then carries both out in one step, or says that the record has moved on.

use super::{DataError, Session, SessionData};
use crate::{EventKind, SessionId, Timestamp, UserId, Username};

/// Who a session belongs to, as a token or an event names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's id.
    pub user_id: UserId,
    /// The user's name, which the session's events carry.
    pub username: Username,
}

/// All that a store knows of one user's session.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionRecord {
    /// The session, where one is open.
    pub session: Option<Session>,
    /// Tokens issued at or before this moment (to the millisecond) no longer reach any session.
    pub revoked_through: Option<Timestamp>,
}

/// What a store changes, in one step with the decision's events.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionChange {
    /// A new session, with a new id. What the record says of revocation stays.
    Open(Session),
    /// The open session takes this form; its id and owner are the same.
    Update(Session),
    /// The open session (if any) ends: its data go. The moment of revocation is remembered for as long as a token
    /// issued before it could live.
    End {
        /// See [`SessionRecord::revoked_through`]; never earlier than the record's own.
        revoked_through: Timestamp,
    },
}

/// A change and the event that tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What to store.
    pub change: SessionChange,
    /// What to tell, if anything.
    pub event: Option<EventKind>,
}

impl SessionRecord {
    /// Whether a token issued then has been revoked. To the millisecond, since that is what a token's id tells.
    pub fn revokes(&self, issued: Timestamp) -> bool {
        self.revoked_through.is_some_and(|through| issued.unix_millis() <= through.unix_millis())
    }

    /// The owner opens the session: a new one, or the open one touched, its data replaced where data is given.
    pub fn open(
        &self,
        who: &Identity,
        new_id: SessionId,
        data: Option<SessionData>,
        now: Timestamp,
    ) -> Decision {
        match &self.session {
            Some(open) => {
                let mut session = open.clone();
                session.data = data.unwrap_or(session.data);
                session.updated_at = session.updated_at.max(Some(now));
                session.connected_at = session.connected_at.max(Some(now));
                Decision { event: Some(who.updated(&session.id)), change: SessionChange::Update(session) }
            }
            None => who.opens(new_id, data.unwrap_or_default(), now),
        }
    }

    /// The owner changes the data: a merge patch (RFC 7396). `None` where no session is open.
    ///
    /// # Errors
    /// The bound that the merged data break.
    pub fn merge(
        &self,
        who: &Identity,
        patch: SessionData,
        now: Timestamp,
    ) -> Result<Option<Decision>, DataError> {
        let Some(open) = &self.session else { return Ok(None) };
        let mut session = open.clone();
        session.data = open.data.merge(patch)?;
        session.updated_at = session.updated_at.max(Some(now));
        Ok(Some(Decision { event: Some(who.updated(&session.id)), change: SessionChange::Update(session) }))
    }

    /// The owner deletes the session, and with it every token issued until now. `None` where none is open.
    pub fn delete(&self, who: &Identity, now: Timestamp) -> Option<Decision> {
        let open = self.session.as_ref()?;
        Some(Decision {
            change: SessionChange::End {
                revoked_through: self.revoked_through.max(Some(now)).unwrap_or(now),
            },
            event: Some(who.deleted(&open.id)),
        })
    }

    /// A login happened at that moment: it opens the session, or touches it. A login of before a deletion opens
    /// nothing, and a touch never moves `connected_at` backwards; `None` where nothing changes.
    pub fn login(&self, who: &Identity, new_id: SessionId, at: Timestamp) -> Option<Decision> {
        if self.revokes(at) {
            return None;
        }
        match &self.session {
            None => Some(who.opens(new_id, SessionData::default(), at)),
            Some(open) if open.connected_at >= Some(at) => None,
            Some(open) => {
                let session = Session { connected_at: Some(at), ..open.clone() };
                Some(Decision { change: SessionChange::Update(session), event: None })
            }
        }
    }

    /// The user's password changed, or the user was disabled or deleted, at that moment: the session ends with the
    /// tokens issued before. Without a session the revocation alone is kept. `None` where it is already in force.
    pub fn revoke(&self, who: &Identity, at: Timestamp) -> Option<Decision> {
        if self.revoked_through >= Some(at) {
            return None;
        }
        Some(Decision {
            change: SessionChange::End { revoked_through: at },
            event: self.session.as_ref().map(|open| who.deleted(&open.id)),
        })
    }
}

impl Identity {
    fn opens(&self, id: SessionId, data: SessionData, at: Timestamp) -> Decision {
        let event = EventKind::SessionCreated {
            session_id: id.clone(),
            user_id: self.user_id.clone(),
            username: self.username.clone(),
        };
        let session = Session {
            id,
            user_id: self.user_id.clone(),
            data,
            created_at: Some(at),
            updated_at: Some(at),
            connected_at: Some(at),
        };
        Decision { change: SessionChange::Open(session), event: Some(event) }
    }

    fn updated(&self, id: &SessionId) -> EventKind {
        EventKind::SessionUpdated {
            session_id: id.clone(),
            user_id: self.user_id.clone(),
            username: self.username.clone(),
        }
    }

    fn deleted(&self, id: &SessionId) -> EventKind {
        EventKind::SessionDeleted {
            session_id: id.clone(),
            user_id: self.user_id.clone(),
            username: self.username.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).unwrap()
    }

    fn ada() -> Identity {
        Identity { user_id: UserId::from_stored("u1"), username: Username::from_stored("ada") }
    }

    fn id() -> SessionId {
        SessionId::from_stored("s1")
    }

    fn opened(millis: i64) -> SessionRecord {
        match SessionRecord::default().open(&ada(), id(), None, at(millis)).change {
            SessionChange::Open(session) => SessionRecord { session: Some(session), revoked_through: None },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn opening_without_data_keeps_the_data_that_is_there() {
        let mut record = opened(1);
        record.session.as_mut().unwrap().data = SessionData::parse(json!({"a": 1})).unwrap();
        let decision = record.open(&ada(), SessionId::from_stored("s2"), None, at(9));
        let SessionChange::Update(session) = decision.change else { panic!() };
        assert_eq!(session.data.to_value(), json!({"a": 1}));
        assert_eq!((session.id, session.connected_at), (id(), Some(at(9))));
        assert!(matches!(decision.event, Some(EventKind::SessionUpdated { .. })));
    }

    #[test]
    fn a_merge_moves_updated_at_and_not_connected_at() {
        let patch = SessionData::parse(json!({"text": "hi"})).unwrap();
        let decision = opened(1).merge(&ada(), patch.clone(), at(5)).unwrap().unwrap();
        let SessionChange::Update(session) = decision.change else { panic!() };
        assert_eq!((session.updated_at, session.connected_at), (Some(at(5)), Some(at(1))));
        assert_eq!(SessionRecord::default().merge(&ada(), patch, at(5)), Ok(None));
    }

    #[test]
    fn a_login_opens_touches_and_never_moves_backwards() {
        let opens = SessionRecord::default().login(&ada(), id(), at(7)).unwrap();
        assert!(matches!(opens.event, Some(EventKind::SessionCreated { .. })));
        let touch = opened(5).login(&ada(), id(), at(7)).unwrap();
        assert_eq!(touch.event, None);
        let SessionChange::Update(session) = touch.change else { panic!() };
        assert_eq!(session.connected_at, Some(at(7)));
        assert_eq!(opened(7).login(&ada(), id(), at(7)), None);
        assert_eq!(opened(7).login(&ada(), id(), at(6)), None);
    }

    #[test]
    fn a_deletion_revokes_to_the_millisecond_and_older_logins_open_nothing() {
        let decision = opened(5).delete(&ada(), at(10)).unwrap();
        assert_eq!(decision.change, SessionChange::End { revoked_through: at(10) });
        let ended = SessionRecord { session: None, revoked_through: Some(at(10)) };
        assert!(ended.revokes(at(10)) && !ended.revokes(at(11)));
        assert_eq!(ended.login(&ada(), id(), at(10)), None);
        assert!(ended.login(&ada(), id(), at(11)).is_some());
        assert_eq!(ended.delete(&ada(), at(12)), None, "nothing is open");
    }

    #[test]
    fn a_revocation_without_a_session_is_kept_and_applies_once() {
        let decision = SessionRecord::default().revoke(&ada(), at(3)).unwrap();
        assert_eq!(decision, Decision { change: SessionChange::End { revoked_through: at(3) }, event: None });
        let revoked = SessionRecord { session: None, revoked_through: Some(at(3)) };
        assert_eq!(revoked.revoke(&ada(), at(3)), None);
        assert!(revoked.revoke(&ada(), at(4)).is_some());
        let told = opened(1).revoke(&ada(), at(4)).unwrap().event;
        assert!(matches!(told, Some(EventKind::SessionDeleted { .. })));
    }
}
