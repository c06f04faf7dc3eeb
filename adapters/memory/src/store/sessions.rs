//! What is known of each user's session.

use super::Memory;
use crate::hex::hex;
use async_trait::async_trait;
use hexad_domain::{Event, EventId, SessionChange, SessionId, SessionRecord, UserId};
use hexad_ports::{Expected, Revision, SaveSession, SessionStore, Unavailable};
use std::collections::{HashMap, HashSet};

pub(super) type SessionTable = HashMap<UserId, Known>;

pub(super) struct Known {
    record: SessionRecord,
    revision: Revision,
    applied: HashSet<EventId>,
}

impl Known {
    fn nothing(revision: Revision) -> Self {
        Known { record: SessionRecord::default(), revision, applied: HashSet::new() }
    }

    fn change(&mut self, change: &SessionChange) {
        match change {
            SessionChange::Open(session) | SessionChange::Update(session) => {
                self.record.session = Some(session.clone());
            }
            SessionChange::End { revoked_through } => {
                self.record.session = None;
                self.record.revoked_through = self.record.revoked_through.max(Some(*revoked_through));
            }
        }
    }
}

#[async_trait]
impl SessionStore for Memory {
    fn new_id(&self) -> SessionId {
        let mut bytes = [0; 16];
        self.shared.random.fill(&mut bytes);
        SessionId::from_stored(hex(&bytes))
    }

    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        Ok(self.tables().sessions.get(user).map(|known| (known.record.clone(), known.revision.clone())))
    }

    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        let mut tables = self.tables();
        let known = tables.sessions.get(user);
        if cause.is_some_and(|cause| known.is_some_and(|known| known.applied.contains(&cause))) {
            return Ok(SaveSession::AlreadyApplied);
        }
        if Expected::from(known.map(|known| known.revision.clone())) != expected {
            return Ok(SaveSession::Stale);
        }
        let revision = tables.next_revision();
        let known = tables.sessions.entry(user.clone()).or_insert_with(|| Known::nothing(revision.clone()));
        known.revision = revision.clone();
        known.change(change);
        known.applied.extend(cause);
        tables.log.append(events);
        drop(tables);
        self.tell_relays();
        Ok(SaveSession::Saved(revision))
    }
}
