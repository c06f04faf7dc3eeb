//! Deleting what nobody needs any more.

use crate::{
    MongoStore,
    document::moment,
    failure::Failure,
    head::{Head, unreadable},
    store::{SESSION_STORE, date},
};
use futures_util::TryStreamExt;
use hexad_ports::{Unavailable, domain::Timestamp};
use mongodb::bson::{Bson, Document, doc};
use std::time::Duration;

/// How many heads are looked at in one step.
const BATCH: u16 = 200;

/// A change that is older than this and not carried out was left by a process that is gone.
const LEFT: Duration = Duration::from_secs(10);

/// What [`MongoStore::prune`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Ids of applied events that were forgotten.
    pub applied: u64,
    /// Users who were forgotten: no session, no event that waits, no revocation in force, no applied id.
    pub users: u64,
    /// Changes that a killed process had decided on and not carried out, and that are carried out now, or taken back.
    pub finished: u64,
}

impl MongoStore {
    /// Deletes what is older than the options say and owed to nobody, in small steps, and carries out what killed
    /// processes left half done. Meant to be called now and then; any number of processes may do so.
    ///
    /// # Errors
    /// `Unavailable`; what was deleted before stays deleted.
    pub async fn prune(&self) -> Result<Pruned, Unavailable> {
        let mut pruned = Pruned::default();
        let mut after = Some(Bson::MinKey);
        while let Some(from) = after {
            let store = self.clone();
            let step = self.run(SESSION_STORE, async move { store.finish_some(from).await }).await?;
            pruned.finished += step.pruned.finished;
            after = step.last;
        }
        after = Some(Bson::MinKey);
        while let Some(from) = after {
            let store = self.clone();
            let step = self.run(SESSION_STORE, async move { store.prune_some(from).await }).await?;
            pruned.applied += step.pruned.applied;
            pruned.users += step.pruned.users;
            after = step.last;
        }
        Ok(pruned)
    }

    /// Carries out what was left in heads, each looked at once: those after that one, in the order of their ids.
    async fn finish_some(&self, after: Bson) -> Result<Step, Failure> {
        let long_ago = date(self.now().saturating_sub(LEFT));
        let left = doc! { "redo.at": { "$lt": long_ago }, "_id": { "$gt": after } };
        let wanted = doc! { "revision": 1, "redo": 1 };
        let heads = &self.collections()?.heads;
        let found = heads.find(left).projection(wanted).sort(doc! { "_id": 1 }).limit(BATCH.into()).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let mut pruned = Pruned::default();
        for head in &found {
            match self.finish_one(head).await {
                Ok(()) => pruned.finished += 1,
                Err(why @ Failure::UnreadableHead) => {
                    tracing::error!(user = ?head.get("_id"), %why, "what a change has left to do was not done");
                }
                Err(failure) => return Err(failure),
            }
        }
        let last = found
            .last()
            .filter(|_| found.len() == usize::from(BATCH))
            .and_then(|head| head.get("_id").cloned());
        Ok(Step { pruned, last })
    }

    async fn finish_one(&self, head: &Document) -> Result<(), Failure> {
        let user = head.get_str("_id").map_err(|_| unreadable())?;
        self.finish(user, &Head::read(head)?).await?;
        Ok(())
    }

    /// Looks at heads that are due, each once: those after that one, in the order of their ids.
    async fn prune_some(&self, after: Bson) -> Result<Step, Failure> {
        let due = doc! { "due": { "$lte": date(self.now()) }, "_id": { "$gt": after } };
        let heads = &self.collections()?.heads;
        let mut found = heads
            .find(due)
            .projection(doc! { "events": 0 })
            .sort(doc! { "_id": 1 })
            .limit(BATCH.into())
            .batch_size(16)
            .await?;
        let mut step = Step { pruned: Pruned::default(), last: None };
        let mut seen = 0;
        while let Some(head) = found.try_next().await? {
            seen += 1;
            let last = head.get("_id").cloned();
            self.prune_one(&head, &mut step.pruned).await?;
            step.last = last;
        }
        if seen < BATCH {
            step.last = None;
        }
        Ok(step)
    }

    async fn prune_one(&self, head: &Document, pruned: &mut Pruned) -> Result<(), Failure> {
        let (now, options) = (self.now(), self.options());
        let heads = &self.collections()?.heads;
        let this = doc! { "_id": head.get("_id").cloned(), "revision": head.get("revision").cloned() };
        let kept_since = now.saturating_sub(options.keep_applied);
        let applied: Vec<Timestamp> = head
            .get_array("applied")
            .map(|applied| {
                applied.iter().filter_map(|one| one.as_document()?.get("at").and_then(moment)).collect()
            })
            .unwrap_or_default();
        let (old, young): (Vec<Timestamp>, Vec<Timestamp>) =
            applied.into_iter().partition(|at| *at < kept_since);
        if !old.is_empty() {
            let gone = doc! { "$pull": { "applied": { "at": { "$lt": date(kept_since) } } } };
            heads.update_one(doc! { "_id": head.get("_id").cloned() }, gone).await?;
            pruned.applied += u64::try_from(old.len()).unwrap_or_default();
        }
        let revoked_until = head
            .get("through")
            .and_then(moment)
            .map(|through| through.saturating_add(options.keep_revocations))
            .filter(|until| *until >= now);
        let next = young.iter().map(|at| at.saturating_add(options.keep_applied)).chain(revoked_until).min();
        if let Some(next) = next {
            heads.update_one(this, doc! { "$set": { "due": date(next) } }).await?;
        } else if self.is_named_there(head).await? {
            // The head says which document is the session: it stays as long as that does.
            let later = date(now.saturating_add(options.keep_revocations));
            heads.update_one(this, doc! { "$set": { "due": later } }).await?;
        } else {
            let mut forgotten = this;
            for field in ["redo", "events.0", "applied.0"] {
                forgotten.insert(field, doc! { "$exists": false });
            }
            pruned.users += heads.delete_one(forgotten).await?.deleted_count;
        }
        Ok(())
    }

    async fn is_named_there(&self, head: &Document) -> Result<bool, Failure> {
        let Some(id) = head.get_document("session").ok().and_then(|session| session.get("id")) else {
            return Ok(false);
        };
        let this = self.collections()?.sessions.find_one(doc! { "_id": id.clone() });
        Ok(this.projection(doc! { "_id": 1 }).await?.is_some())
    }
}

struct Step {
    pruned: Pruned,
    /// Where to go on, if there may be more.
    last: Option<Bson>,
}
