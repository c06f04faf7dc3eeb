//! What the session routes take and answer with.

use hexad::domain::{Session, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What opens a session.
#[derive(ToSchema)]
#[schema(as = SessionBody)]
#[allow(dead_code, reason = "the domain judges the data, and names what is wrong with it")]
pub(super) struct Body {
    /// At most 256 KiB as compact JSON, 32 levels (`data` itself is the first), and without U+0000.
    data: Option<Map<String, Value>>,
}

/// What is merged into the data of a session.
#[derive(ToSchema)]
#[schema(as = SessionPatch)]
#[allow(dead_code, reason = "the domain judges the data, and names what is wrong with it")]
pub(super) struct Patch {
    /// The bounds are those of the data that comes of it.
    data: Map<String, Value>,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    /// When its user last logged in or opened it. `null` in documents of older programs.
    #[schema(format = DateTime, required = true, example = "2026-11-22T18:56:53.128Z")]
    connected_at: Option<String>,
    #[schema(format = DateTime, required = true)]
    created_at: Option<String>,
    data: &'a Map<String, Value>,
    #[schema(format = DateTime, required = true)]
    updated_at: Option<String>,
    user_id: &'a str,
}

impl<'a> From<&'a Session> for Document<'a> {
    fn from(session: &'a Session) -> Self {
        let time = |time: Option<Timestamp>| time.map(Timestamp::rfc3339_millis);
        Document {
            id: session.id.as_str(),
            connected_at: time(session.connected_at),
            created_at: time(session.created_at),
            data: session.data.as_object(),
            updated_at: time(session.updated_at),
            user_id: session.user_id.as_str(),
        }
    }
}

/// A session, and what became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionAnswer)]
pub(super) struct Answer<'a> {
    #[schema(pattern = "^Session (created|updated)$")]
    pub(super) message: &'static str,
    pub(super) session: Document<'a>,
}

/// The session is ended.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionDeleted)]
pub(super) struct Deleted {
    pub(super) message: &'static str,
}

/// The token is good.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionValid)]
pub(super) struct Valid {
    pub(super) message: &'static str,
    pub(super) user: Speaker,
}

/// Whom a token speaks for, and until when.
#[derive(Serialize, ToSchema)]
pub(super) struct Speaker {
    /// In seconds since 1970.
    pub(super) exp: i64,
    pub(super) user_id: String,
    pub(super) username: String,
}
