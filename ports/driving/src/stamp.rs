//! Moments and ids for what happens.

use hexad_domain::{Event, EventId, EventKind, Timestamp};
use hexad_ports::{Clock, Random};
use std::sync::Arc;

/// Stamps what happens with a time and an id, from the clock and the random source.
#[derive(Clone)]
pub struct Stamp {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Stamp {
    /// Over these two ports.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Stamp { clock, random }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// An event that happens now, to this user (or whatever else its order is kept for).
    pub fn event(&self, subject: &str, kind: EventKind) -> Event {
        self.event_at(self.now(), subject, kind)
    }

    /// An event that happens at that moment.
    pub fn event_at(&self, at: Timestamp, subject: &str, kind: EventKind) -> Event {
        Event { id: EventId::new(at, self.random()), at, subject: subject.to_owned(), kind }
    }
}
