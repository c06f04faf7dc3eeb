//! Events that wait for a relay.

use super::Memory;
use async_trait::async_trait;
use hexad_domain::{Area, Event, EventId, Timestamp};
use hexad_ports::{Claim, EventLog, Outbox, Outgoing, Unavailable};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

/// The events that are not sent yet, by their numbers: those of all areas, in the order of their commits.
#[derive(Default)]
pub(super) struct Log {
    unsent: BTreeMap<u64, Entry>,
    last: u64,
    fences: u64,
}

struct Entry {
    event: Event,
    lease: Option<Lease>,
}

#[derive(Clone, Copy)]
struct Lease {
    fence: u64,
    until: Timestamp,
}

impl Log {
    pub(super) fn append(&mut self, events: &[Event]) {
        for event in events {
            self.last += 1;
            self.unsent.insert(self.last, Entry { event: event.clone(), lease: None });
        }
    }

    /// Those that nobody has, each subject's from the first one that is not sent: the rest of a subject waits for
    /// whoever has an earlier one.
    fn claimable(&mut self, area: Area, now: Timestamp) -> impl Iterator<Item = (u64, &mut Entry)> {
        let mut held: HashSet<String> = HashSet::new();
        self.unsent.iter_mut().filter(move |(_, entry)| entry.event.kind.area() == area).filter_map(
            move |(number, entry)| {
                if entry.lease.is_some_and(|lease| lease.until > now) {
                    held.insert(entry.event.subject.clone());
                }
                (!held.contains(&entry.event.subject)).then_some((*number, entry))
            },
        )
    }

    fn claim(&mut self, area: Area, limit: usize, now: Timestamp, until: Timestamp) -> Claim {
        self.fences += 1;
        let fence = self.fences;
        let claimed = self.claimable(area, now).take(limit).map(|(sequence, entry)| {
            entry.lease = Some(Lease { fence, until });
            Outgoing { event: entry.event.clone(), sequence }
        });
        Claim { fence, events: claimed.collect() }
    }

    fn settle(&mut self, area: Area, claim: &Claim, sent: &[EventId]) {
        for Outgoing { sequence, .. } in &claim.events {
            let Some(entry) = self.unsent.get_mut(sequence) else { continue };
            let held = entry.lease.is_some_and(|lease| lease.fence == claim.fence);
            if !held || entry.event.kind.area() != area {
                continue;
            }
            entry.lease = None;
            if sent.contains(&entry.event.id) {
                self.unsent.remove(sequence);
            }
        }
    }
}

impl Memory {
    pub(super) fn tell_relays(&self) {
        self.shared.claimable.notify(usize::MAX);
    }
}

#[async_trait]
impl EventLog for Memory {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        self.tables().log.append(events);
        self.tell_relays();
        Ok(())
    }
}

/// Without a timer, [`wait`](Outbox::wait) does not notice a lease that ends: a relay that can be stopped in the middle
/// of a pass should be followed by one that tries again now and then.
#[async_trait]
impl Outbox for Memory {
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable> {
        let now = self.now();
        Ok(self.tables().log.claim(area, limit, now, now.saturating_add(lease)))
    }

    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable> {
        self.tables().log.settle(area, claim, sent);
        self.tell_relays();
        Ok(())
    }

    async fn wait(&self, area: Area) {
        loop {
            // Listens before it looks, so that nothing is stored unheard in between.
            let told = self.shared.claimable.listen();
            let now = self.now();
            if self.tables().log.claimable(area, now).next().is_some() {
                return;
            }
            told.await;
        }
    }
}
