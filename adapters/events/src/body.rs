//! The body of a message: an event as JSON.

use crate::{data, id};
use hexad_ports::{
    Content,
    domain::{Event, EventId, EventKind, Timestamp},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// The most bytes of a body that [`decode`] reads. Ours have a few hundred, and no more than some thousand where every
/// character is escaped.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The most characters of a foreign event's name that are told.
const LONGEST_NAME: usize = 100;

/// Why a body is no event that we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Its name is not ours.
    #[error("an event named {name:?} is not known")]
    Foreign {
        /// Its name, at most its first 100 characters.
        name: String,
    },
    /// It is no event, or not one with what its name promises. Says where, and never what stood there.
    #[error("{why}")]
    Malformed {
        /// Why, for an operator to read.
        why: String,
    },
}

impl Unreadable {
    fn malformed(why: impl Into<String>) -> Self {
        Unreadable::Malformed { why: why.into() }
    }
}

impl From<Unreadable> for Content {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Foreign { name } => Content::Foreign { name },
            Unreadable::Malformed { why } => Content::Malformed { why },
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    event: &'static str,
    data: data::Fields<'a>,
    timestamp: String,
}

/// The event as the body of a message, or of a row.
pub fn encode(event: &Event) -> String {
    let body = Body {
        event: event.kind.name(),
        data: data::Fields::of(&event.kind),
        timestamp: event.at.rfc3339_micros(),
    };
    // Serialising fails only for a map whose keys are no texts, or where a `Serialize` says so; neither is here.
    serde_json::to_string(&body).unwrap_or_default()
}

/// Reads the body of a message from a broker. At most [`MAX_BODY_BYTES`] and 127 levels of nesting are read; where a
/// member is given twice, the last counts, as in JavaScript and Python.
///
/// `message_id` is the message's own id. Where it is a UUID (but not the nil one), it is the event's id; where it is
/// another text, the id is made from it, and where there is none, from the body: see
/// [`MESSAGE_NAMESPACE`](crate::MESSAGE_NAMESPACE).
///
/// The subject is the username in the data, which is what order is kept by.
pub fn decode(body: &[u8], message_id: Option<&str>) -> Content {
    if body.len() > MAX_BODY_BYTES {
        return Content::Malformed { why: format!("the body has more than {MAX_BODY_BYTES} bytes") };
    }
    match read(body) {
        Ok((at, kind)) => {
            let id = id::of_message(message_id, body);
            Content::Event(Event { id, at, subject: data::subject(&kind).to_owned(), kind })
        }
        Err(unreadable) => unreadable.into(),
    }
}

/// Reads an event back from a row that keeps its id, its subject and its body.
///
/// # Errors
/// [`Unreadable::Foreign`] where a newer program wrote an event that this one does not know, and
/// [`Unreadable::Malformed`] for what [`encode`] never wrote.
pub fn restore(id: EventId, subject: impl Into<String>, body: &[u8]) -> Result<Event, Unreadable> {
    let (at, kind) = read(body)?;
    Ok(Event { id, at, subject: subject.into(), kind })
}

fn read(body: &[u8]) -> Result<(Timestamp, EventKind), Unreadable> {
    // A byte order mark may be passed over (RFC 8259, 8.1), and was by the consumers of the originals.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // serde_json's own message can quote the body, which is not for a log: only the place is told.
    let mut members: Map<String, Value> = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(Unreadable::malformed("the body is no JSON object")),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            return Err(Unreadable::malformed(format!("the body is no JSON (line {line}, column {column})")));
        }
    };
    let Some(Value::String(name)) = members.remove("event") else {
        return Err(Unreadable::malformed("event is missing or no text"));
    };
    let Some(reader) = data::reader(&name) else {
        return Err(Unreadable::Foreign { name: name.chars().take(LONGEST_NAME).collect() });
    };
    let Some(Value::Object(fields)) = members.remove("data") else {
        return Err(Unreadable::malformed("data is missing or no object"));
    };
    let Some(Value::String(timestamp)) = members.remove("timestamp") else {
        return Err(Unreadable::malformed("timestamp is missing or no text"));
    };
    let at =
        Timestamp::parse(&timestamp).ok_or_else(|| Unreadable::malformed("timestamp is no date and time"))?;
    match reader(&mut data::Data(fields)) {
        Ok(kind) => Ok((at, kind)),
        Err(field) => Err(Unreadable::malformed(format!("data.{field} is missing or no text"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"event":"UserDeleted","data":{"user_id":"u1","username":"ada"},"timestamp":"2026-11-22T18:56:51.837633+00:00"}"#;

    fn why(body: &str) -> String {
        match decode(body.as_bytes(), None) {
            Content::Malformed { why } => why,
            other => panic!("{other:?}"),
        }
    }

    fn event(body: &str) -> Event {
        match decode(body.as_bytes(), None) {
            Content::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_applied_says_why_and_quotes_nothing() {
        assert_eq!(why("{\"event\":\n\"Us"), "the body is no JSON (line 2, column 3)");
        assert_eq!(why("[]"), "the body is no JSON object");
        assert_eq!(why(r#"{"event":7}"#), "event is missing or no text");
        assert_eq!(why(&BODY.replace("\"data\"", "\"Data\"")), "data is missing or no object");
        assert_eq!(why(&BODY.replace("\"ada\"", "null")), "data.username is missing or no text");
        assert_eq!(why(&BODY.replace("user_id", "secret")), "data.user_id is missing or no text");
        assert_eq!(why(&BODY.replace("timestamp", "time")), "timestamp is missing or no text");
        assert_eq!(why(&BODY.replace("2026-11-22", "yesterday")), "timestamp is no date and time");
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let deep = format!("{{\"event\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert!(why(&deep).starts_with("the body is no JSON"));
        let padded = |bytes: usize| format!("{BODY}{}", " ".repeat(bytes - BODY.len()));
        assert_eq!(event(&padded(MAX_BODY_BYTES)).kind.name(), "UserDeleted");
        assert_eq!(why(&padded(MAX_BODY_BYTES + 1)), "the body has more than 262144 bytes");
    }

    #[test]
    fn the_names_of_others_are_foreign_whatever_they_carry() {
        for body in
            [r#"{"event":"OrderPlaced","data":{"n":1},"timestamp":"x"}"#, r#"{"event":"OrderPlaced"}"#]
        {
            assert_eq!(decode(body.as_bytes(), None), Content::Foreign { name: "OrderPlaced".to_owned() });
        }
        let long = format!(r#"{{"event":"{}"}}"#, "ñ".repeat(5_000));
        assert_eq!(decode(long.as_bytes(), None), Content::Foreign { name: "ñ".repeat(100) });
    }

    #[test]
    fn times_are_read_as_every_original_wrote_them() {
        let at = |time: &str| event(&BODY.replace("2026-11-22T18:56:51.837633+00:00", time)).at.unix_micros();
        assert_eq!(at("2026-11-22T18:56:51.837633+00:00"), 1_795_373_811_837_633);
        assert_eq!(
            at("2026-11-22T18:56:51+00:00"),
            1_795_373_811_000_000,
            "Python leaves out a zero fraction"
        );
        assert_eq!(at("2026-11-22T18:56:51.837Z"), 1_795_373_811_837_000, "JavaScript");
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_once() {
        assert_eq!(event(&format!("\u{feff}{BODY}")).kind, event(BODY).kind);
        assert!(why(&format!("\u{feff}\u{feff}{BODY}")).starts_with("the body is no JSON"));
    }

    #[test]
    fn more_than_is_promised_is_passed_over() {
        let more =
            BODY.replace("\"user_id\"", "\"role\":[1],\"user_id\"").replace("{\"event", "{\"v\":2,\"event");
        assert_eq!(event(&more).kind, event(BODY).kind);
    }
}
