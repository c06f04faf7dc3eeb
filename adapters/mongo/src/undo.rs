//! Taking back a change whose session document the server refuses for good: a validator of the collection's does, or
//! the document has no room left. It has been a change of nothing then, and concerns nobody else.

use crate::{
    MongoStore,
    failure::Failure,
    head::{Head, Named, unreadable},
    outbox::what_waits,
    redo::Redo,
    store::hex,
};
use mongodb::bson::{Bson, Document, doc};

/// What a head held before the change. A change that revokes deletes documents at most, and that is never refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Before {
    pub(crate) session: Option<Named>,
    /// The events of the change have greater numbers.
    pub(crate) sequence: i64,
    /// What the change was the first to apply, if anything.
    pub(crate) cause: Option<Bson>,
}

impl Before {
    pub(crate) fn to_document(&self) -> Document {
        let mut fields = doc! { "sequence": self.sequence };
        if let Some(session) = &self.session {
            fields.insert("session", session.to_bson());
        }
        if let Some(cause) = &self.cause {
            fields.insert("cause", cause.clone());
        }
        fields
    }

    pub(crate) fn read(fields: &Document) -> Result<Self, Failure> {
        Ok(Before {
            session: Named::read(fields),
            sequence: fields.get_i64("sequence").map_err(|_| unreadable())?,
            cause: fields.get("cause").cloned(),
        })
    }
}

impl MongoStore {
    /// Carries out what another process has decided on and left, or takes it back. Answers the number of the last
    /// event that stands.
    pub(crate) async fn finish(&self, user: &str, head: &Head) -> Result<i64, Failure> {
        let Some(redo) = &head.redo else { return Ok(i64::MAX) };
        match self.carry_out(user, &head.revision, redo).await {
            Ok(_) => Ok(i64::MAX),
            Err(Failure::Refused(why)) => {
                tracing::error!(user, why = %why.kind, "a change was taken back: the collection refuses the document");
                Ok(redo.before.sequence)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Makes the head what it was before the change, if that is still its last and not carried out. The revision is a
    /// new one all the same.
    pub(crate) async fn take_back(&self, user: &str, revision: &str, redo: &Redo) -> Result<(), Failure> {
        let before = &redo.before;
        let session = match &before.session {
            Some(named) => doc! { "$literal": named.to_bson() }.into(),
            None => Bson::from("$$REMOVE"),
        };
        let kept = |list: &str, condition: Document| {
            doc! { "$filter": { "input": { "$ifNull": [list, []] }, "cond": condition } }
        };
        let restore = doc! {
            "revision": hex(&self.random::<12>()),
            "session": session,
            "events": kept("$events", doc! { "$lte": ["$$this.sequence", before.sequence] }),
            "applied": kept("$applied", doc! { "$ne": ["$$this.id", before.cause.clone()] }),
            "redo": "$$REMOVE",
        };
        let undecided = doc! { "_id": user, "revision": revision, "redo": { "$exists": true } };
        let heads = &self.collections()?.heads;
        heads.update_one(undecided, vec![doc! { "$set": restore }, what_waits()]).await?;
        Ok(())
    }
}
