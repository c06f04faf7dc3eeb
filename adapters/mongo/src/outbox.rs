//! The relay's view of the events that wait in the heads.
//!
//! Events leave a head when they are settled, with no word about its revision: a client's `If-Match` does not fail
//! because an event was sent. The relay is woken by the changes of its own process; what other processes left (they
//! have relays of their own, but may have been killed) is found by looking now and then, with one indexed query.

use crate::{
    MongoStore,
    failure::Failure,
    head::{Head, event_id, unreadable},
    lease::{Lease, PARTS, key},
};
use futures_util::TryStreamExt;
use hexad_ports::{
    Claim, Outbox, Outgoing, Unavailable, async_trait,
    domain::{Area, EventId},
};
use mongodb::bson::{Bson, Document, doc};
use std::{collections::HashSet, sync::atomic::Ordering, time::Duration};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

const OUTBOX: &str = "the session store's events";

/// Before a claim answers that there is nothing. Relays that ask again and again, without waiting, would keep the
/// server from those who store events.
const EMPTY_HANDED: Duration = Duration::from_millis(20);

/// How many heads are read at once.
const HEADS: u32 = 16;

#[async_trait]
impl Outbox for MongoStore {
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable> {
        let store = self.clone();
        let claim = self.run(OUTBOX, async move { store.claim_some(area, limit, lease).await }).await?;
        if claim.events.is_empty() {
            sleep(EMPTY_HANDED).await;
        }
        Ok(claim)
    }

    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable> {
        if claim.events.is_empty() {
            return Ok(());
        }
        let (store, claim, sent) = (self.clone(), claim.clone(), sent.to_vec());
        self.run(OUTBOX, async move { store.settle_sent(area, &claim, &sent).await }).await
    }

    async fn wait(&self, area: Area) {
        let poll = self.options().poll;
        loop {
            // Made before the look, so that nothing is missed that is stored after it.
            let stored = self.stored().notified();
            let store = self.clone();
            match self.run(OUTBOX, async move { store.claimable(area).await }).await {
                Ok(true) => return,
                Ok(false) => {
                    // Whichever comes first, it is time to look again.
                    let _ = timeout(poll, stored).await;
                }
                Err(_) => return sleep(poll).await,
            }
        }
    }
}

impl MongoStore {
    /// Whether there are events that no relay holds.
    async fn claimable(&self, area: Area) -> Result<bool, Failure> {
        // Most often there is nothing, and then the leases need not be read.
        let all: Vec<u64> = (0..PARTS).collect();
        if self.waiting(area, &all).await?.is_none() {
            return Ok(false);
        }
        let free: Vec<u64> = self.free_parts(area).await?.iter().map(|free| free.part).collect();
        Ok(self.waiting(area, &free).await?.is_some())
    }

    /// One of these parts in which an event waits.
    async fn waiting(&self, area: Area, parts: &[u64]) -> Result<Option<u64>, Failure> {
        if parts.is_empty() {
            return Ok(None);
        }
        let keys: Vec<String> = parts.iter().map(|part| key(area, *part)).collect();
        let one = self.collections()?.heads.find_one(doc! { "waiting": { "$in": keys } });
        let Some(head) = one.projection(doc! { "waiting": 1 }).await? else { return Ok(None) };
        let waiting = head.get_array("waiting").map_err(|_| unreadable())?;
        Ok(parts.iter().copied().find(|part| waiting.contains(&Bson::String(key(area, *part)))))
    }

    async fn claim_some(&self, area: Area, limit: usize, time: Duration) -> Result<Claim, Failure> {
        let nothing = Claim { fence: 0, events: Vec::new() };
        if limit == 0 {
            return Ok(nothing);
        }
        // Each claim prefers another part, so that none waits for a busy one before it.
        let preferred = self.served().fetch_add(1, Ordering::Relaxed) % PARTS;
        let free = self.free_parts(area).await?;
        let (late, early): (Vec<u64>, Vec<u64>) =
            free.iter().map(|free| free.part).partition(|part| *part >= preferred);
        for mut parts in [late, early] {
            while let Some(part) = self.waiting(area, &parts).await? {
                let Some(free) = free.iter().find(|free| free.part == part) else { break };
                if let Some(lease) = self.take(area, free, time).await? {
                    let events = self.read_events(&lease, limit).await?;
                    if !events.is_empty() {
                        return Ok(Claim { fence: lease.fence(), events });
                    }
                    // Another relay was there, and is done.
                    self.give_back(&lease).await?;
                }
                parts.retain(|other| *other != part);
            }
        }
        Ok(nothing)
    }

    /// The oldest events of the part.
    async fn read_events(&self, lease: &Lease, limit: usize) -> Result<Vec<Outgoing>, Failure> {
        let key = lease.key();
        let ours =
            doc! { "$filter": { "input": "$events", "cond": { "$eq": ["$$this.key", key.as_str()] } } };
        let most = i32::try_from(limit).unwrap_or(i32::MAX);
        let heads = &self.collections()?.heads;
        let mut found = heads
            .aggregate([
                doc! { "$match": { "waiting": key.as_str() } },
                doc! { "$sort": { "since": 1 } },
                doc! { "$limit": i64::from(most) },
                doc! { "$project": { "revision": 1, "redo": 1, "events": { "$slice": [ours, most] } } },
            ])
            .batch_size(HEADS)
            .await?;
        let mut events = Vec::new();
        while events.len() < limit {
            let Some(head) = found.try_next().await? else { break };
            match self.events_of(&head, lease, limit - events.len()).await {
                Ok(theirs) => events.extend(theirs),
                Err(why @ Failure::UnreadableHead) => self.hide(&head, &why).await?,
                Err(failure) => return Err(failure),
            }
        }
        events.sort_by_key(|event| event.sequence);
        Ok(events)
    }

    /// The events of a head, as it was read. Whoever made the last change may have been killed before it reached the
    /// session documents: nobody is told of what cannot be seen.
    async fn events_of(
        &self,
        head: &Document,
        lease: &Lease,
        limit: usize,
    ) -> Result<Vec<Outgoing>, Failure> {
        let user = head.get_str("_id").map_err(|_| unreadable())?;
        let standing = self.finish(user, &Head::read(head)?).await?;
        let waiting = head.get_array("events").map_err(|_| unreadable())?;
        let mut events = Vec::new();
        for event in waiting.iter().take(limit) {
            let stored = event.as_document().ok_or_else(unreadable)?;
            match outgoing(stored) {
                _ if stored.get_i64("sequence").is_ok_and(|sequence| sequence > standing) => {}
                Ok(event) => events.push(event),
                Err(why) => self.set_aside(user, lease, stored, &why).await?,
            }
        }
        Ok(events)
    }

    async fn settle_sent(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Failure> {
        let lease = Lease::of_fence(area, claim.fence);
        if !self.holds(&lease).await? {
            return Ok(());
        }
        let sent: HashSet<&EventId> = sent.iter().collect();
        let sent: Vec<&Outgoing> =
            claim.events.iter().filter(|event| sent.contains(&event.event.id)).collect();
        if let Some(last) = sent.iter().map(|event| event.sequence).max() {
            let ids: Vec<Bson> = sent.iter().map(|event| event_id(event.event.id)).collect();
            let theirs = doc! {
                "waiting": lease.key(),
                // No head has an event of the claim but those that waited before its last: the index ends there.
                "since": { "$lte": i64::try_from(last).unwrap_or(i64::MAX) },
                "events.id": { "$in": ids.clone() },
            };
            self.collections()?.heads.update_many(theirs, without(&lease.key(), ids)).await?;
        }
        self.give_back(&lease).await
    }
}

/// Takes these events of the part out of a head, and says anew what waits. A pipeline: it is one step, whatever
/// another change adds at the same moment.
pub(crate) fn without(key: &str, ids: Vec<Bson>) -> Vec<Document> {
    let stays = doc! { "$or": [{ "$ne": ["$$this.key", key] }, { "$not": [{ "$in": ["$$this.id", ids] }] }] };
    vec![doc! { "$set": { "events": { "$filter": { "input": "$events", "cond": stays } } } }, what_waits()]
}

/// Says anew what waits, after events were taken out.
pub(crate) fn what_waits() -> Document {
    let each = |field: &str| doc! { "$map": { "input": "$events", "in": field } };
    let if_any = |value: Document| doc! { "$cond": [{ "$eq": ["$events", []] }, "$$REMOVE", value] };
    doc! { "$set": {
        "waiting": if_any(doc! { "$setUnion": [each("$$this.key"), []] }),
        "since": if_any(doc! { "$min": each("$$this.sequence") }),
    } }
}

fn outgoing(stored: &Document) -> Result<Outgoing, Failure> {
    let text = |field| stored.get_str(field).map_err(|_| unreadable());
    let id = match stored.get("id") {
        Some(Bson::Binary(id)) => Uuid::from_slice(&id.bytes).ok(),
        _ => None,
    };
    let event = hexad_events::restore(
        EventId::from_uuid(id.ok_or_else(unreadable)?),
        text("subject")?,
        text("body")?.as_bytes(),
    )
    .map_err(|unreadable| Failure::Content(unreadable.to_string()))?;
    let sequence = stored.get_i64("sequence").map_err(|_| unreadable())?;
    Ok(Outgoing { event, sequence: u64::try_from(sequence).unwrap_or_default() })
}
