//! Applying what other services tell.

use crate::{Error, Stamp, sessions::TRIES};
use hexad_domain::{Decision, Event, EventKind, Identity, SessionRecord, UserId, Username};
use hexad_ports::{
    Content, Delivery, EventSource, Expected, SaveSession, SessionStore, Settlement, Unavailable,
};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// The most bytes of a user's id in an event: room for every form of id, and a bound for every store's index.
const LONGEST_ID: usize = 255;

/// How long attempts that fail may take in all before the others are not tried. Each may have to wait for a store that
/// is away, and a refusal is quick.
const LONGEST_FAILING: Duration = Duration::from_secs(1);

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
    /// One that cannot be applied holds up the later ones of its user, whose order is kept, and nobody else's: unless
    /// failing takes its time, as it does where the store is away. Then all wait.
    ///
    /// # Errors
    /// As [`step`](Self::step); those of others may have been settled.
    pub async fn apply(&self, deliveries: Vec<Delivery>) -> Result<usize, Error> {
        let mut settled = 0;
        let mut held = Held::default();
        for delivery in deliveries {
            let settlement = if held.holds(&delivery) {
                Settlement::Retry
            } else {
                let begun = self.stamp.now();
                self.apply_one(&delivery).await.unwrap_or_else(|unavailable| {
                    held.fail(&delivery, self.stamp.now().since(begun), unavailable);
                    Settlement::Retry
                })
            };
            let for_good = settlement != Settlement::Retry;
            match self.source.settle(&delivery.tag, settlement).await {
                Ok(()) => settled += usize::from(for_good),
                // The source delivers this one again. The rest is given back all the same, or it would stay in flight.
                Err(unavailable) => held.fail_for_all(unavailable),
            }
        }
        match held.why {
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
                Some(who) if !storable(who.user_id) => {
                    Ok(Settlement::Poison { why: "the user's id is too long or holds U+0000".to_owned() })
                }
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

/// Whose events have to wait.
#[derive(Default)]
struct Held {
    users: HashSet<UserId>,
    all: bool,
    /// How long it took to learn that.
    time: Duration,
    why: Option<Unavailable>,
}

impl Held {
    fn holds(&self, delivery: &Delivery) -> bool {
        self.all || user_of(delivery).is_some_and(|user| self.users.contains(user))
    }

    fn fail(&mut self, delivery: &Delivery, time: Duration, why: Unavailable) {
        self.users.extend(user_of(delivery).cloned());
        self.time = self.time.saturating_add(time);
        self.all |= self.time >= LONGEST_FAILING;
        self.why.get_or_insert(why);
    }

    fn fail_for_all(&mut self, why: Unavailable) {
        self.all = true;
        self.why.get_or_insert(why);
    }
}

fn user_of(delivery: &Delivery) -> Option<&UserId> {
    match &delivery.content {
        Content::Event(event) => concerns(&event.kind).map(|who| who.user_id),
        Content::Foreign { .. } | Content::Malformed { .. } => None,
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
    id.as_str().len() <= LONGEST_ID && !id.as_str().contains('\0')
}
