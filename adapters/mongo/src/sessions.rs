//! Sessions, and what was revoked.

use crate::{
    MongoStore,
    failure::Failure,
    store::SESSION_STORE,
    view::{self, View},
};
use hexad_ports::{
    Expected, Revision, SaveSession, SessionStore, Unavailable, async_trait,
    domain::{Event, EventId, SessionChange, SessionId, SessionRecord, UserId},
};
use mongodb::bson::{doc, oid::ObjectId};

#[async_trait]
impl SessionStore for MongoStore {
    /// An ObjectId: the second, then 64 random bits.
    fn new_id(&self) -> SessionId {
        let second = u32::try_from(self.now().unix_seconds().rem_euclid(1 << 32)).unwrap_or_default();
        let mut bytes = [0; 12];
        for (byte, value) in bytes.iter_mut().zip(second.to_be_bytes().into_iter().chain(self.random::<8>()))
        {
            *byte = value;
        }
        SessionId::from_stored(ObjectId::from_bytes(bytes).to_hex())
    }

    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        let (store, user) = (self.clone(), user.clone());
        self.run(SESSION_STORE, async move {
            let view = store.view(&user, None).await?;
            Ok(view.revision().map(|revision| (view.record(&user), revision)))
        })
        .await
    }

    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        let (store, user, change, events) = (self.clone(), user.clone(), change.clone(), events.to_vec());
        self.run(SESSION_STORE, async move { store.change(&user, &expected, &change, cause, &events).await })
            .await
    }
}

impl MongoStore {
    async fn change(
        &self,
        user: &UserId,
        expected: &Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Failure> {
        let view = self.view(user, cause).await?;
        if let Some(refused) = refused(&view, expected) {
            return Ok(refused);
        }
        let commit = self.plan(user, &view, change, cause, events);
        if !self.commit(user, &view, &commit).await? {
            return self.why_refused(user, expected, cause, events.len()).await;
        }
        let document = match &commit.redo {
            Some(redo) => self.carry_out(user.as_str(), &commit.revision, redo).await?,
            None => None,
        };
        if !events.is_empty() {
            self.stored().notify_waiters();
        }
        Ok(SaveSession::Saved(view::revision_after(&commit.revision, change, document.as_ref())))
    }

    /// The head was not as it had been seen.
    async fn why_refused(
        &self,
        user: &UserId,
        expected: &Expected,
        cause: Option<EventId>,
        more: usize,
    ) -> Result<SaveSession, Failure> {
        let view = self.view(user, cause).await?;
        if let Some(refused) = refused(&view, expected) {
            return Ok(refused);
        }
        if let Some(place) = self.last_place(more) {
            let full = doc! { "_id": user.as_str(), place: { "$exists": true } };
            if self.collections()?.heads.find_one(full).projection(doc! { "_id": 1 }).await?.is_some() {
                return Err(Failure::Full(self.options().waiting_events));
            }
        }
        // It is as it was again, to whoever reads: a server that lags behind its own changes.
        Ok(SaveSession::Stale)
    }
}

fn refused(view: &View, expected: &Expected) -> Option<SaveSession> {
    if view.head.as_ref().is_some_and(|head| head.applied) {
        return Some(SaveSession::AlreadyApplied);
    }
    (Expected::from(view.revision()) != *expected).then_some(SaveSession::Stale)
}
