//! The head of a user: what is known of them besides the session itself, in one document whose one conditional update
//! is a change with all that belongs to it.
//!
//! ```json
//! { "_id": "the user's id", "revision": "of this state, never to come back", "session": { "id": …, "revision": … },
//!   "through": date, "applied": [{ "id": …, "at": date }], "events": [{ "id", "key", "sequence", "subject", "body" }],
//!   "waiting": the keys of the events, "since": the least of their numbers, "sequence": the last number given,
//!   "due": when to look whether something can be forgotten, "redo": { … } }
//! ```
//!
//! `waiting` and `since` say what the list of events says, for the index: one over the list itself would have to be
//! written anew, all of it, with every event.

use crate::{document::moment, failure::Failure, redo::Redo};
use hexad_ports::domain::{EventId, Timestamp};
use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};

/// The session document that a user's last change of ours left, and the change that did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) id: Bson,
    pub(crate) revision: String,
}

/// A head, as far as a change has to know it: without the events.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) revision: String,
    pub(crate) session: Option<Named>,
    pub(crate) through: Option<Timestamp>,
    pub(crate) sequence: i64,
    /// Whether the cause that was asked for is among the applied.
    pub(crate) applied: bool,
    /// What the last change has yet to do to the session documents.
    pub(crate) redo: Option<Redo>,
}

impl Head {
    /// What to read of a head.
    pub(crate) fn projection(cause: Option<EventId>) -> Document {
        let mut fields = doc! { "revision": 1, "session": 1, "through": 1, "sequence": 1, "redo": 1 };
        if let Some(cause) = cause {
            fields.insert("applied", doc! { "$elemMatch": { "id": event_id(cause) } });
        }
        fields
    }

    pub(crate) fn read(fields: &Document) -> Result<Self, Failure> {
        Ok(Head {
            revision: fields.get_str("revision").map_err(|_| unreadable())?.to_owned(),
            session: Named::read(fields),
            through: fields.get("through").and_then(moment),
            sequence: fields.get_i64("sequence").unwrap_or_default(),
            applied: fields.get_array("applied").is_ok_and(|applied| !applied.is_empty()),
            redo: fields.get_document("redo").ok().map(Redo::read).transpose()?,
        })
    }
}

impl Named {
    pub(crate) fn read(fields: &Document) -> Option<Self> {
        let session = fields.get_document("session").ok()?;
        Some(Named { id: session.get("id")?.clone(), revision: session.get_str("revision").ok()?.to_owned() })
    }

    pub(crate) fn to_bson(&self) -> Bson {
        Bson::Document(doc! { "id": self.id.clone(), "revision": self.revision.as_str() })
    }
}

pub(crate) fn event_id(id: EventId) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_uuid().into_bytes().to_vec() })
}

pub(crate) fn unreadable() -> Failure {
    Failure::UnreadableHead
}
