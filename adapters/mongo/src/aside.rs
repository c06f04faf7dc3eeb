//! Events that no relay can read: a newer program's, or what somebody has written into a head. They are kept aside
//! for an operator, so that what waits behind them goes on.

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
        let collections = self.collections()?;
        let kept = doc! {
            "_id": { "unreadable": event.get("id").cloned(), "user": user },
            "event": event.clone(),
            "why": why.to_string(),
            "at": date(self.now()),
        };
        match collections.service.insert_one(kept).await {
            Ok(_) => {}
            Err(error) if is_duplicate_key(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let ids = vec![event.get("id").cloned().unwrap_or(Bson::Null)];
        collections.heads.update_one(doc! { "_id": user }, without(&lease.key(), ids)).await?;
        tracing::error!(part = %lease.key(), %why, "an event was set aside, in session_service");
        Ok(())
    }
}
