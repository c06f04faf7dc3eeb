//! An event as a broker carries it.

use crate::encode;
use hexad_ports::{
    Outgoing,
    domain::{Area, EventKind},
};

/// The media type of every body.
pub const CONTENT_TYPE: &str = "application/json";

/// What a topic exchange routes an event by: `auth.UserLoggedIn`.
pub fn routing_key(kind: &EventKind) -> String {
    format!("{}.{}", kind.area().name(), kind.name())
}

/// An event as a broker carries it. Its content type is [`CONTENT_TYPE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is routed by.
    pub routing_key: String,
    /// Its id: the event's.
    pub message_id: String,
    /// CloudEvents attributes (1.0.2, AMQP binding, binary mode), each a text.
    pub headers: Vec<(&'static str, String)>,
    /// What [`encode`] makes of the event.
    pub body: String,
}

impl Message {
    /// The message for that event.
    pub fn new(outgoing: &Outgoing) -> Self {
        let event = &outgoing.event;
        Message {
            routing_key: routing_key(&event.kind),
            message_id: event.id.to_string(),
            headers: vec![
                ("cloudEvents:specversion", "1.0".to_owned()),
                ("cloudEvents:id", event.id.to_string()),
                ("cloudEvents:type", event.kind.name().to_owned()),
                ("cloudEvents:source", source(event.kind.area()).to_owned()),
                ("cloudEvents:time", event.at.rfc3339_micros()),
                ("cloudEvents:sequence", sequence(outgoing.sequence)),
            ],
            body: encode(event),
        }
    }
}

/// A URI reference, as CloudEvents asks for. With the id it is unique.
const fn source(area: Area) -> &'static str {
    match area {
        Area::Auth => "/hexad/auth",
        Area::User => "/hexad/user",
        Area::Session => "/hexad/session",
    }
}

/// All digits that a `u64` can have, so that it rises as a text too: the `sequence` extension compares texts.
fn sequence(number: u64) -> String {
    format!("{number:020}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hexad_ports::domain::{Email, Event, EventId, Timestamp, UserId, Username};

    fn outgoing(sequence: u64) -> Outgoing {
        let at = Timestamp::parse("2026-11-22T18:56:51.837633+00:00").unwrap();
        let kind = EventKind::UserLoggedIn {
            user_id: UserId::from_stored("u1"),
            username: Username::from_stored("ada"),
            email: Email::from_stored("ada@example.com"),
        };
        let id = EventId::from_uuid(uuid::Uuid::from_u128(7));
        Outgoing { event: Event { id, at, subject: "ada".to_owned(), kind }, sequence }
    }

    #[test]
    fn the_attributes_of_cloudevents_travel_beside_the_body() {
        let message = Message::new(&outgoing(42));
        let id = "00000000-0000-0000-0000-000000000007";
        assert_eq!(message.routing_key, "auth.UserLoggedIn");
        assert_eq!(message.message_id, id);
        let headers: Vec<(&str, &str)> =
            message.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            headers,
            [
                ("cloudEvents:specversion", "1.0"),
                ("cloudEvents:id", id),
                ("cloudEvents:type", "UserLoggedIn"),
                ("cloudEvents:source", "/hexad/auth"),
                ("cloudEvents:time", "2026-11-22T18:56:51.837633+00:00"),
                ("cloudEvents:sequence", "00000000000000000042"),
            ]
        );
        assert_eq!(
            message.body,
            r#"{"event":"UserLoggedIn","data":{"user_id":"u1","username":"ada","email":"ada@example.com"},"timestamp":"2026-11-22T18:56:51.837633+00:00"}"#
        );
    }

    #[test]
    fn a_sequence_rises_as_a_text_too() {
        assert!(sequence(9) < sequence(10));
        assert!(sequence(u64::MAX - 1) < sequence(u64::MAX));
    }
}
