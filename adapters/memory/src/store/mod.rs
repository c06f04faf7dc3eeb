//! Users, sessions and their events in one store, as one database holds them.

mod events;
mod sessions;
mod users;

use crate::lock::lock;
use async_trait::async_trait;
use event_listener::Event as Signal;
use events::Log;
use hexad_domain::Timestamp;
use hexad_ports::{Clock, Probe, Random, Revision, Unavailable};
use sessions::SessionTable;
use std::sync::{Arc, Mutex, MutexGuard};
use users::UserTable;

/// Users, sessions and events in memory: a [`UserStore`](hexad_ports::UserStore), a
/// [`SessionStore`](hexad_ports::SessionStore), an [`EventLog`](hexad_ports::EventLog), an
/// [`Outbox`](hexad_ports::Outbox) and a [`Probe`] at once, over the same data.
///
/// A clone is another handle on the same store. All is gone with the last of them. An event is held until a relay has
/// sent it, what is known of a user for ever; so does the store remember every event that was applied to a session.
#[derive(Clone)]
pub struct Memory {
    shared: Arc<Shared>,
}

struct Shared {
    tables: Mutex<Tables>,
    /// Told whenever there may be more to claim.
    claimable: Signal,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

#[derive(Default)]
struct Tables {
    users: UserTable,
    sessions: SessionTable,
    log: Log,
    changes: u64,
}

impl Memory {
    /// An empty store. The clock ends the leases of relays; the random source makes the ids of sessions.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let tables = Mutex::new(Tables::default());
        Memory { shared: Arc::new(Shared { tables, claimable: Signal::new(), clock, random }) }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        lock(&self.shared.tables)
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

impl Tables {
    /// A revision that nothing has had before: counted over all that the store holds.
    fn next_revision(&mut self) -> Revision {
        self.changes += 1;
        Revision::new(self.changes.to_string())
    }
}

#[async_trait]
impl Probe for Memory {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        Ok(self.now())
    }
}
