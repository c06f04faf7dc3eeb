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
        if self.waiting(area, &(0..PARTS).collect::<Vec<_>>()).await?.is_none() {
            return Ok(false);
        }
        let free = self.free_parts(area).await?;
        Ok(self.waiting(area, &free).await?.is_some())
    }

    /// One of these parts in which an event waits.
    async fn waiting(&self, area: Area, parts: &[u64]) -> Result<Option<u64>, Failure> {
        if parts.is_empty() {
            return Ok(None);
        }
        let keys: Vec<String> = parts.iter().map(|part| key(area, *part)).collect();
        let one = doc! { "_id": 1, "events": { "$elemMatch": { "key": { "$in": keys.clone() } } } };
        let heads = &self.collections()?.heads;
        let Some(head) = heads.find_one(doc! { "events.key": { "$in": keys } }).projection(one).await? else {
            return Ok(None);
        };
        let event = head.get_array("events").ok().and_then(|events| events.first()?.as_document());
        let found = event.and_then(|event| event.get_str("key").ok()).ok_or_else(unreadable)?;
        Ok(parts.iter().copied().find(|part| key(area, *part) == found))
    }

    async fn claim_some(&self, area: Area, limit: usize, time: Duration) -> Result<Claim, Failure> {
        let nothing = Claim { fence: 0, events: Vec::new() };
        if limit == 0 {
            return Ok(nothing);
        }
        // Each claim prefers another part, so that none waits for a busy one before it.
        let preferred = self.served().fetch_add(1, Ordering::Relaxed) % PARTS;
        let mut parts: Vec<u64> = (0..PARTS).collect();
        while let Some(part) = self.waiting_from(area, &parts, preferred).await? {
            if let Some(lease) = self.take(area, part, time).await? {
                let events = self.read_events(&lease, limit).await?;
                if !events.is_empty() {
                    return Ok(Claim { fence: lease.fence(), events });
                }
                self.give_back(&lease).await?;
            }
            // Another relay has it, or was there first. Now it is worth knowing which are free.
            let free = self.free_parts(area).await?;
            parts.retain(|other| *other != part && free.contains(other));
        }
        Ok(nothing)
    }

    /// One of these parts in which an event waits, from the preferred one on if there is one.
    async fn waiting_from(&self, area: Area, parts: &[u64], preferred: u64) -> Result<Option<u64>, Failure> {
        let any = self.waiting(area, parts).await?;
        if any.is_none_or(|part| part >= preferred) {
            return Ok(any);
        }
        let late: Vec<u64> = parts.iter().copied().filter(|part| *part >= preferred).collect();
        Ok(self.waiting(area, &late).await?.or(any))
    }

    /// The oldest events of the part.
    async fn read_events(&self, lease: &Lease, limit: usize) -> Result<Vec<Outgoing>, Failure> {
        let key = lease.key();
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let heads = &self.collections()?.heads;
        // The index gives the heads by their oldest event.
        let mut found = heads
            .aggregate([
                doc! { "$match": { "events.key": key.as_str() } },
                doc! { "$limit": most },
                doc! { "$project": {
                    "revision": 1,
                    "redo": 1,
                    "events": { "$slice": [
                        { "$filter": { "input": "$events", "cond": { "$eq": ["$$this.key", key.as_str()] } } },
                        i32::try_from(limit).unwrap_or(i32::MAX),
                    ] },
                } },
            ])
            .batch_size(HEADS)
            .await?;
        let mut events = Vec::new();
        while let Some(head) = found.try_next().await? {
            self.finish(&head).await?;
            for event in head.get_array("events").map_err(|_| unreadable())? {
                if events.len() == limit {
                    break;
                }
                match event.as_document().map(outgoing) {
                    Some(Ok(event)) => events.push(event),
                    _ => return Err(unreadable()),
                }
            }
            if events.len() == limit {
                break;
            }
        }
        events.sort_by_key(|event| event.sequence);
        Ok(events)
    }

    /// Whoever made the change may have been killed before it reached the session documents. Nobody is told of what
    /// cannot be seen.
    pub(crate) async fn finish(&self, head: &Document) -> Result<(), Failure> {
        let user = head.get_str("_id").map_err(|_| unreadable())?;
        if let Head { revision, redo: Some(redo), .. } = Head::read(head)? {
            self.carry_out(user, &revision, &redo).await?;
        }
        Ok(())
    }

    async fn settle_sent(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Failure> {
        let lease = Lease::of_fence(area, claim.fence);
        if !self.holds(&lease).await? {
            return Ok(());
        }
        let sent: HashSet<&EventId> = sent.iter().collect();
        let sent: Vec<&Outgoing> =
            claim.events.iter().filter(|event| sent.contains(&event.event.id)).collect();
        if !sent.is_empty() {
            let numbers: Vec<i64> =
                sent.iter().map(|event| i64::try_from(event.sequence).unwrap_or(i64::MAX)).collect();
            let ids: Vec<Bson> = sent.iter().map(|event| event_id(event.event.id)).collect();
            let theirs = doc! { "events": { "$elemMatch": {
                "key": lease.key(), "sequence": { "$in": numbers },
            } } };
            let gone = doc! { "$pull": { "events": { "key": lease.key(), "id": { "$in": ids } } } };
            self.collections()?.heads.update_many(theirs, gone).await?;
        }
        self.give_back(&lease).await
    }
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
