//! The store.

use crate::MongoOptions;
use hexad_ports::{
    Claim, Clock, Expected, Mistake, NotReady, Outbox, Prepare, Probe, Random, Revision, SaveSession,
    SessionStore, Unavailable, async_trait,
    domain::{Area, Event, EventId, SessionChange, SessionId, SessionRecord, Timestamp, UserId},
};
use std::{sync::Arc, time::Duration};

/// Sessions in MongoDB. A clone is the same store.
#[derive(Clone)]
pub struct MongoStore {
    _clock: Arc<dyn Clock>,
    _random: Arc<dyn Random>,
}

impl MongoStore {
    /// A store in the database that the URI names (`test` where it names none, as with every driver of MongoDB).
    /// Opens no connection.
    ///
    /// # Errors
    /// What is wrong with the URI, without what is secret in it.
    pub fn new(
        uri: &str,
        options: MongoOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Mistake> {
        let _ = (uri, options);
        Ok(MongoStore { _clock: clock, _random: random })
    }

    pub(crate) fn away(&self) -> Unavailable {
        Unavailable::new("the session store", "it is not prepared yet")
    }
}

#[async_trait]
impl Prepare for MongoStore {
    async fn prepare(&self) -> Result<(), NotReady> {
        Err(NotReady::Away(self.away()))
    }
}

#[async_trait]
impl Probe for MongoStore {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        Err(self.away())
    }
}

#[async_trait]
impl SessionStore for MongoStore {
    fn new_id(&self) -> SessionId {
        SessionId::from_stored("")
    }

    async fn load(&self, _: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        Err(self.away())
    }

    async fn save(
        &self,
        _: &UserId,
        _: Expected,
        _: &SessionChange,
        _: Option<EventId>,
        _: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        Err(self.away())
    }
}

#[async_trait]
impl Outbox for MongoStore {
    async fn claim(&self, _: Area, _: usize, _: Duration) -> Result<Claim, Unavailable> {
        Err(self.away())
    }

    async fn settle(&self, _: Area, _: &Claim, _: &[EventId]) -> Result<(), Unavailable> {
        Err(self.away())
    }

    async fn wait(&self, _: Area) {}
}
