//! Events and heads that no relay can read: a newer program's, or what somebody has written. They are kept aside for an
//! operator, so that what waits behind them goes on.

use crate::{
    MongoStore, failure::Failure, failure::is_duplicate_key, lease::Lease, outbox::without, store::date,
};
use mongodb::bson::{Bson, Document, doc};

impl MongoStore {
    /// Keeps the event aside, durably, before it takes it out of the head.
    pub(crate) async fn set_aside(
        &self,
        user: &str,
        lease: &Lease,
        event: &Document,
        why: &Failure,
    ) -> Result<(), Failure> {
        let id = doc! { "unreadable": event.get("id").cloned(), "user": user };
        self.keep_for_an_operator(doc! { "_id": id, "event": event.clone() }, why).await?;
        let collections = self.collections()?;
        let ids = vec![event.get("id").cloned().unwrap_or(Bson::Null)];
        collections.heads.update_one(doc! { "_id": user }, without(&lease.key(), ids)).await?;
        tracing::error!(part = %lease.key(), %why, "an event was set aside, in session_service");
        Ok(())
    }

    /// Hides the head from the relays, with its events: it stays as it is else, for whoever can read it. The next
    /// change of a head that was mended brings all its events back.
    pub(crate) async fn hide(&self, head: &Document, why: &Failure) -> Result<(), Failure> {
        let user = head.get("_id").cloned();
        let id = doc! { "unreadable": "head", "user": user.clone() };
        self.keep_for_an_operator(doc! { "_id": id }, why).await?;
        let hidden = doc! { "$unset": { "waiting": "", "since": "" } };
        self.collections()?.heads.update_one(doc! { "_id": user.clone() }, hidden).await?;
        tracing::error!(?user, %why, "a head was hidden from the relays; its name is kept in session_service");
        Ok(())
    }

    async fn keep_for_an_operator(&self, mut kept: Document, why: &Failure) -> Result<(), Failure> {
        kept.extend(doc! { "why": why.to_string(), "at": date(self.now()) });
        match self.collections()?.service.insert_one(kept).await {
            Err(error) if !is_duplicate_key(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }
}
