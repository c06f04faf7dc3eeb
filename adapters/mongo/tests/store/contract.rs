//! What the ports promise, held to the store. Each call for a store opens it anew, as another process does.

use crate::support::Place;
use hexad_contract::{EventsHarness, SessionsHarness};
use hexad_mongo::MongoStore;
use hexad_ports::{
    EventLog, Expected, Outbox, Revision, SaveSession, SessionStore, Unavailable, async_trait,
    domain::{Event, SessionChange, Timestamp, UserId},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

async fn place() -> Place {
    Place::new()
}

#[async_trait]
impl SessionsHarness for Place {
    async fn store(&self) -> Arc<dyn SessionStore> {
        Arc::new(Place::store(self).await)
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(Place::store(self).await)
    }
}

/// Events come to this store with a change of their user alone: here each subject of an area is a user, and each
/// append a revocation.
struct Telling {
    store: MongoStore,
    seen: Mutex<HashMap<UserId, Revision>>,
}

#[async_trait]
impl EventLog for Telling {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        let key = |event: &Event| format!("{} {}", event.kind.area().name(), event.subject);
        let mut rest: Vec<Event> = events.to_vec();
        while let Some(first) = rest.first() {
            let user = key(first);
            let (theirs, others) = rest.into_iter().partition(|event| key(event) == user);
            self.tell(&UserId::from_stored(user), theirs).await?;
            rest = others;
        }
        Ok(())
    }
}

impl Telling {
    async fn tell(&self, user: &UserId, events: Vec<Event>) -> Result<(), Unavailable> {
        let change = SessionChange::End { revoked_through: Timestamp::UNIX_EPOCH };
        let mut expected = Expected::from(self.seen.lock().unwrap().get(user).cloned());
        loop {
            match self.store.save(user, expected, &change, None, &events).await? {
                SaveSession::Saved(revision) => {
                    self.seen.lock().unwrap().insert(user.clone(), revision);
                    return Ok(());
                }
                _ => expected = Expected::from(self.store.load(user).await?.map(|(_, revision)| revision)),
            }
        }
    }
}

#[async_trait]
impl EventsHarness for Place {
    async fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(Telling { store: Place::store(self).await, seen: Mutex::default() })
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(Place::store(self).await)
    }

    async fn pass(&self, time: Duration) {
        self.clock.pass(time);
        self.pass_for_leases(time).await;
    }
}

hexad_contract::sessions!(place);
hexad_contract::events!(place);
