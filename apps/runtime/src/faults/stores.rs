//! Around what stores.

use super::{Planned, plan::Point};
use hexad::{
    domain::{Event, EventId, Field, SessionChange, SessionId, SessionRecord, User, UserId},
    ports::{
        EventLog, Expected, Revision, SaveSession, SaveUser, SessionStore, Unavailable, UserChange, UserKey,
        UserStore, async_trait,
    },
};

fn ids(events: &[Event]) -> impl Iterator<Item = EventId> {
    events.iter().map(|event| event.id)
}

#[async_trait]
impl<P: UserStore + ?Sized> UserStore for Planned<P> {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        self.inside.load(key).await
    }

    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable> {
        self.inside.taken(username, dni, email).await
    }

    async fn save(
        &self,
        id: &UserId,
        expected: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        if events.is_empty() {
            return self.inside.save(id, expected, change, events).await;
        }
        let left = self.plan.publish_first(events).await;
        self.plan.pass(Point::BeforeCommit, ids(events));
        let outcome = self.inside.save(id, expected, change, left).await?;
        if matches!(outcome, SaveUser::Saved(_)) {
            self.plan.pass(Point::AfterCommit, ids(events));
        }
        Ok(outcome)
    }
}

#[async_trait]
impl<P: SessionStore + ?Sized> SessionStore for Planned<P> {
    fn new_id(&self) -> SessionId {
        self.inside.new_id()
    }

    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        self.inside.load(user).await
    }

    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        let left = self.plan.publish_first(events).await;
        self.plan.pass(Point::BeforeCommit, cause.into_iter().chain(ids(events)));
        let outcome = self.inside.save(user, expected, change, cause, left).await?;
        if matches!(outcome, SaveSession::Saved(_)) {
            self.plan.pass(Point::AfterCommit, cause.into_iter().chain(ids(events)));
        }
        Ok(outcome)
    }
}

#[async_trait]
impl<P: EventLog + ?Sized> EventLog for Planned<P> {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        let left = self.plan.publish_first(events).await;
        self.plan.pass(Point::BeforeCommit, ids(events));
        self.inside.append(left).await?;
        self.plan.pass(Point::AfterCommit, ids(events));
        Ok(())
    }
}
