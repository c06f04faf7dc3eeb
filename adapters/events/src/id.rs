//! The id of an event that came without one of ours.

use hexad_ports::domain::EventId;
use uuid::Uuid;

/// The namespace of the ids that are made for messages without a UUID of their own (version 5, RFC 9562, section 5.5):
/// of the message id's bytes where it has one, else of the body's. A message that comes again has the same id again.
pub const MESSAGE_NAMESPACE: Uuid = Uuid::from_u128(0x77ba_1a2b_dcf8_47c4_b0fd_0487_a122_04c6);

pub(crate) fn of_message(message_id: Option<&str>, body: &[u8]) -> EventId {
    let made_from = |bytes: &[u8]| Uuid::new_v5(&MESSAGE_NAMESPACE, bytes);
    EventId::from_uuid(match message_id {
        None | Some("") => made_from(body),
        Some(text) => match Uuid::try_parse(text) {
            // The nil UUID stands for "none" (RFC 9562, section 5.9): as an id it would make all such messages one.
            Ok(id) if id.is_nil() => made_from(body),
            Ok(id) => id,
            Err(_) => made_from(text.as_bytes()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(message_id: Option<&str>, body: &str) -> String {
        of_message(message_id, body.as_bytes()).to_string()
    }

    #[test]
    fn a_uuid_is_the_events_own() {
        let own = "019ab3c1-2f5e-7abc-8def-001122334455";
        assert_eq!(id(Some(own), "x"), own);
        assert_eq!(id(Some(&own.to_uppercase()), "x"), own);
    }

    /// python3 -c 'import uuid; n = uuid.UUID("77ba1a2b-dcf8-47c4-b0fd-0487a12204c6"); print(uuid.uuid5(n, "{}"), uuid.uuid5(n, "order-7"))'
    #[test]
    fn what_is_made_is_what_others_make() {
        assert_eq!(id(None, "{}"), "880ec14c-0575-5ee2-ac5b-b0ab37c7f009");
        assert_eq!(id(Some("order-7"), "{}"), "5927ebcf-8735-5df8-a471-a9d41a8c865d");
    }

    #[test]
    fn an_empty_or_nil_id_is_none() {
        assert_eq!(id(Some(""), "a"), id(None, "a"));
        assert_eq!(id(Some("00000000-0000-0000-0000-000000000000"), "a"), id(None, "a"));
        assert_ne!(id(None, "a"), id(None, "b"));
    }
}
