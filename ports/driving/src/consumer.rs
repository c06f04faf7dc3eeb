//! Applying what other services tell.

use crate::{Error, Stamp, sessions::TRIES};
use hexad_domain::{Decision, Event, EventKind, Identity, SessionRecord, UserId, Username};
use hexad_ports::{
    Content, Delivery, EventSource, Expected, SaveSession, SessionStore, Settlement, Unavailable,
};
use std::sync::Arc;

/// The most bytes of a user's id in an event: room for every form of id, and a bound for every store's index.
const LONGEST_ID: usize = 255;

/// Applies incoming events to sessions: each event once, however often it is delivered.
pub struct Consumer {
    /// Where the events come from.
    pub source: Arc<dyn EventSource>,
    /// What they are applied to.
    pub sessions: Arc<dyn SessionStore>,
    /// Time and ids.
    pub stamp: Stamp,
}

impl Consumer {
    /// Waits for events, applies and settles them. Answers how many were settled for good.
    ///
    /// # Errors
    /// `Unavailable` where the source or the store is away: the events stay with the source, and the caller should
    /// pause before the next step.
    pub async fn step(&self, limit: usize) -> Result<usize, Error> {
        let deliveries = self.receive(limit).await?;
        self.apply(deliveries).await
    }

    /// The first half of a [`step`](Self::step): waits for events. Dropping the future loses nothing, so somebody who
    /// wants to stop can do so here.
    ///
    /// # Errors
    /// `Unavailable` where the source is away.
    pub async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Error> {
        Ok(self.source.receive(limit).await?)
    }

    /// The second half: applies and settles what was received, each by itself. Answers how many were settled for good.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub async fn apply(&self, deliveries: Vec<Delivery>) -> Result<usize, Error> {
        let mut settled = 0;
        let mut away: Option<Unavailable> = None;
        for delivery in deliveries {
            // After the first that cannot be applied all others wait too: the order is kept, and so is the message.
            let settlement = match &away {
                Some(_) => Settlement::Retry,
                None => match self.apply_one(&delivery).await {
                    Ok(settlement) => settlement,
                    Err(unavailable) => {
                        away = Some(unavailable);
                        Settlement::Retry
                    }
                },
            };
            let for_good = settlement != Settlement::Retry;
            match self.source.settle(&delivery.tag, settlement).await {
                Ok(()) => settled += usize::from(for_good),
                // The source delivers this one again. The rest is given back all the same, or it would stay in flight.
                Err(unavailable) => {
                    away.get_or_insert(unavailable);
                }
            }
        }
        match away {
            Some(unavailable) => Err(unavailable.into()),
            None => Ok(settled),
        }
    }

    async fn apply_one(&self, delivery: &Delivery) -> Result<Settlement, Unavailable> {
        match &delivery.content {
            Content::Malformed { why } => Ok(Settlement::Poison { why: why.clone() }),
            Content::Foreign { name } => {
                tracing::debug!(event = %name, "an event of no concern to sessions");
                Ok(Settlement::Done)
            }
            Content::Event(event) => match concerns(&event.kind) {
                None => Ok(Settlement::Done),
                Some(who) if !storable(who.user_id) => Ok(Settlement::Poison {
                    why: "the user's id is empty, too long or holds U+0000".to_owned(),
                }),
                Some(who) => self.apply_to(&who.owned(), event).await,
            },
        }
    }

    async fn apply_to(&self, who: &Identity, event: &Event) -> Result<Settlement, Unavailable> {
        for _ in 0..TRIES {
            let (record, revision) = match self.sessions.load(&who.user_id).await? {
                Some((record, revision)) => (record, Some(revision)),
                None => (SessionRecord::default(), None),
            };
            let Some(Decision { change, event: tells }) = self.decide(&record, who, event) else {
                return Ok(Settlement::Done);
            };
            let tells = tells.map(|kind| self.stamp.event(who.username.as_str(), kind));
            let expected = Expected::from(revision);
            match self
                .sessions
                .save(&who.user_id, expected, &change, Some(event.id), tells.as_slice())
                .await?
            {
                SaveSession::Saved(_) | SaveSession::AlreadyApplied => return Ok(Settlement::Done),
                SaveSession::Stale => {}
            }
        }
        Err(Unavailable::new("the session store", "other changes of the session always came first"))
    }

    fn decide(&self, record: &SessionRecord, who: &Identity, event: &Event) -> Option<Decision> {
        match &event.kind {
            EventKind::UserLoggedIn { .. } => record.login(who, self.sessions.new_id(), event.at),
            EventKind::PasswordChanged { .. }
            | EventKind::UserDisabled { .. }
            | EventKind::UserDeleted { .. } => record.revoke(who, event.at),
            _ => None,
        }
    }
}

struct Concerned<'a> {
    user_id: &'a UserId,
    username: &'a Username,
}

impl Concerned<'_> {
    fn owned(&self) -> Identity {
        Identity { user_id: self.user_id.clone(), username: self.username.clone() }
    }
}

/// Whose session the event changes, if anybody's.
fn concerns(kind: &EventKind) -> Option<Concerned<'_>> {
    match kind {
        EventKind::UserLoggedIn { user_id, username, .. }
        | EventKind::PasswordChanged { user_id, username }
        | EventKind::UserDisabled { user_id, username }
        | EventKind::UserDeleted { user_id, username } => Some(Concerned { user_id, username }),
        _ => None,
    }
}

/// An id that no store can hold would be tried for ever.
fn storable(id: &UserId) -> bool {
    !id.as_str().is_empty() && id.as_str().len() <= LONGEST_ID && !id.as_str().contains('\0')
}
