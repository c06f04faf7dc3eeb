//! Session documents, as the originals know them: `_id`, `userId`, `data`, `createdAt`, `updatedAt`, and ours besides,
//! `connectedAt` and `hexadRevision`. Whatever else stands in one is left alone.

use crate::{data, failure::Failure, store::hex};
use hexad_ports::domain::{Session, SessionData, SessionId, Timestamp, UserId};
use mongodb::bson::{Bson, Document, RawDocument, Utf8Lossy, doc, oid::ObjectId};
use sha2::{Digest, Sha256};

/// By this the last change of ours that reached a document is known. Only documents that we changed have it.
pub(crate) const REVISION: &str = "hexadRevision";

/// How many bytes of a digest tell two states of a document apart.
const DIGEST_BYTES: usize = 12;

/// A session document that was read.
#[derive(Debug, Clone)]
pub(crate) struct SessionDocument {
    pub(crate) fields: Document,
    digest: String,
}

impl SessionDocument {
    pub(crate) fn read(raw: &RawDocument) -> Result<Self, Failure> {
        Ok(SessionDocument { fields: lossy(raw)?, digest: digest(raw.as_bytes()) })
    }

    pub(crate) fn id(&self) -> Bson {
        self.fields.get("_id").cloned().unwrap_or(Bson::Null)
    }

    /// The last change of ours that reached it.
    pub(crate) fn revision(&self) -> Option<&str> {
        self.fields.get_str(REVISION).ok()
    }

    /// Differs whenever anything in the document does.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// The session that the document holds; a time that cannot be read is none.
    pub(crate) fn session(&self, user: &UserId) -> Session {
        Session {
            id: SessionId::from_stored(id_text(self.fields.get("_id").unwrap_or(&Bson::Null))),
            user_id: user.clone(),
            data: self
                .fields
                .get("data")
                .map(data::to_json)
                .map(SessionData::from_stored)
                .unwrap_or_default(),
            created_at: self.moment("createdAt"),
            updated_at: self.moment("updatedAt"),
            connected_at: self.moment("connectedAt"),
        }
    }

    pub(crate) fn moment(&self, field: &str) -> Option<Timestamp> {
        self.fields.get(field).and_then(moment)
    }

    pub(crate) fn created(&self) -> Option<Timestamp> {
        self.moment("createdAt")
    }

    /// The last connection, where one of ours knows of it.
    pub(crate) fn connected(&self) -> Option<Timestamp> {
        self.moment("connectedAt")
    }

    /// Of several documents of a user, the one with the greatest counts.
    pub(crate) fn age(&self) -> (Option<Timestamp>, Option<Timestamp>, String) {
        (self.created(), self.moment("updatedAt"), id_text(&self.id()))
    }
}

/// Texts that are no UTF-8 are read with what is broken replaced: reading never fails for what another program wrote.
fn lossy(raw: &RawDocument) -> Result<Document, Failure> {
    match Document::try_from(raw) {
        Ok(fields) => Ok(fields),
        Err(_) => Ok(Utf8Lossy::<Document>::try_from(raw)?.0),
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).get(..DIGEST_BYTES).map(hex).unwrap_or_default()
}

/// A date, or the text of one.
pub(crate) fn moment(stored: &Bson) -> Option<Timestamp> {
    match stored {
        Bson::DateTime(at) => Timestamp::from_unix_millis(at.timestamp_millis()),
        Bson::String(text) => Timestamp::parse(text),
        _ => None,
    }
}

/// An id as clients see it.
pub(crate) fn id_text(id: &Bson) -> String {
    match data::to_json(id) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The document of a new session.
pub(crate) fn new(session: &Session, revision: &str) -> Document {
    let id = ObjectId::parse_str(session.id.as_str())
        .map_or_else(|_| Bson::String(session.id.as_str().to_owned()), Bson::ObjectId);
    let mut fields = doc! {
        "_id": id,
        "userId": session.user_id.as_str(),
        "data": Bson::Document(
            session.data.as_object().iter().map(|(name, value)| (name.clone(), data::to_bson(value))).collect(),
        ),
    };
    for (name, at) in times(session) {
        if let Some(at) = at {
            fields.insert(name, crate::store::date(at));
        }
    }
    fields.insert(REVISION, revision);
    fields
}

/// The times of a session under their names.
pub(crate) fn times(session: &Session) -> [(&'static str, Option<Timestamp>); 3] {
    [
        ("createdAt", session.created_at),
        ("updatedAt", session.updated_at),
        ("connectedAt", session.connected_at),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::{DateTime, RawDocumentBuf};

    #[test]
    fn a_date_that_no_timestamp_can_be_is_none() {
        for (stored, read) in [
            (Bson::DateTime(DateTime::MAX), None),
            (Bson::DateTime(DateTime::MIN), None),
            (Bson::DateTime(DateTime::from_millis(5)), Timestamp::from_unix_millis(5)),
            (Bson::from("1970-01-01T00:00:00.005Z"), Timestamp::from_unix_millis(5)),
            (Bson::Int64(5), None),
        ] {
            assert_eq!(moment(&stored), read);
        }
    }

    /// `{"_id": "\xff"}`: no driver writes it, and no server refuses it.
    #[test]
    fn a_text_that_is_no_utf8_is_read() {
        let mut bytes = vec![0, 0, 0, 0, 2];
        bytes.extend(b"_id\0\x02\0\0\0\xff\0\0");
        bytes[0] = u8::try_from(bytes.len()).unwrap();
        let document = SessionDocument::read(&RawDocumentBuf::from_bytes(bytes).unwrap()).unwrap();
        assert_eq!(id_text(&document.id()), "\u{fffd}");
    }
}
