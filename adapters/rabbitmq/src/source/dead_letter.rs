//! A message that can never be applied, on its way to where it is kept.

use super::feed::Arrival;
use crate::{confirms::Letter, publisher::PERSISTENT};
use hexad_ports::domain::Timestamp;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};

/// The most characters of a reason that are kept.
const LONGEST_REASON: usize = 1_000;

/// The most bytes of headers that are kept: all must fit into one frame (AMQP 0-9-1, section 4.2.6.1) with ours.
const MOST_HEADERS: usize = 32 * 1024;

/// The message for the queue of the dead letters: its body and properties as they came, and headers that say why it is
/// there, and where it came from, for an operator who wants to send it there again.
pub(super) fn letter(arrival: &Arrival, dead: ShortString, why: &str, at: Timestamp) -> Letter {
    let delivery = &arrival.delivery;
    Letter {
        // The default exchange: by the queue's name, whatever is bound to what.
        exchange: "".into(),
        routing_key: dead,
        mandatory: true,
        properties: properties(arrival, why, at),
        body: delivery.data.clone(),
    }
}

fn properties(arrival: &Arrival, why: &str, at: Timestamp) -> BasicProperties {
    let delivery = &arrival.delivery;
    let from = &delivery.properties;
    let mut headers = FieldTable::default();
    let original = from.headers().as_ref().filter(|headers| weight(headers) <= MOST_HEADERS);
    for (name, value) in original.into_iter().flatten() {
        // The broker routes by these two (its sender-selected distribution): the letter would go there as well.
        let name = match name.as_str() {
            "CC" | "BCC" => ShortString::from(format!("x-hexad-dead-{}", name.as_str())),
            _ => name.clone(),
        };
        headers.insert(name, value.clone());
    }
    let why: String = why.chars().take(LONGEST_REASON).collect();
    for (name, value) in [
        ("x-hexad-dead-reason", why.as_str()),
        ("x-hexad-dead-queue", &arrival.queue),
        ("x-hexad-dead-exchange", delivery.exchange.as_str()),
        ("x-hexad-dead-routing-key", delivery.routing_key.as_str()),
        ("x-hexad-dead-time", &at.rfc3339_micros()),
    ] {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    // Not kept: the expiration, by which the broker would delete it, and the user, who must be the connection's own.
    let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(headers);
    type With = fn(BasicProperties, ShortString) -> BasicProperties;
    let texts: [(&Option<ShortString>, With); 8] = [
        (from.content_type(), BasicProperties::with_content_type),
        (from.content_encoding(), BasicProperties::with_content_encoding),
        (from.correlation_id(), BasicProperties::with_correlation_id),
        (from.reply_to(), BasicProperties::with_reply_to),
        (from.message_id(), BasicProperties::with_message_id),
        (from.kind(), BasicProperties::with_type),
        (from.app_id(), BasicProperties::with_app_id),
        (from.cluster_id(), BasicProperties::with_cluster_id),
    ];
    for (text, with) in texts {
        if let Some(text) = text {
            properties = with(properties, text.clone());
        }
    }
    if let Some(priority) = from.priority() {
        properties = properties.with_priority(*priority);
    }
    if let Some(timestamp) = from.timestamp() {
        properties = properties.with_timestamp(*timestamp);
    }
    properties
}

/// How many bytes the headers take on the wire, or a few more.
fn weight(table: &FieldTable) -> usize {
    4 + table.into_iter().map(|(name, value)| 1 + name.as_str().len() + weight_of(value)).sum::<usize>()
}

fn weight_of(value: &AMQPValue) -> usize {
    1 + match value {
        AMQPValue::ShortString(text) => 1 + text.as_str().len(),
        AMQPValue::LongString(text) => 4 + text.len(),
        AMQPValue::ByteArray(bytes) => 4 + bytes.len(),
        AMQPValue::FieldArray(array) => 4 + array.as_slice().iter().map(weight_of).sum::<usize>(),
        AMQPValue::FieldTable(table) => weight(table),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::message::Delivery;

    fn dead(properties: BasicProperties) -> Letter {
        let mut delivery = Delivery::mock(1, "ex".into(), "auth.X".into(), false, b"body".to_vec());
        delivery.properties = properties;
        let arrival = Arrival { queue: "in".into(), delivery };
        letter(&arrival, "dead".into(), &"w".repeat(2_000), Timestamp::UNIX_EPOCH)
    }

    fn headers(letter: &Letter) -> Vec<(&str, String)> {
        let table = letter.properties.headers().as_ref().unwrap();
        let text = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        table.inner().iter().map(|(name, value)| (name.as_str(), text(value))).collect()
    }

    fn with_headers(given: &[(&str, AMQPValue)]) -> BasicProperties {
        let mut table = FieldTable::default();
        for (name, value) in given {
            table.insert((*name).into(), value.clone());
        }
        BasicProperties::default().with_headers(table)
    }

    #[test]
    fn what_came_is_kept_but_what_would_undo_the_keeping() {
        let came = BasicProperties::default()
            .with_content_type("text/plain".into())
            .with_message_id("m".into())
            .with_type("T".into())
            .with_timestamp(7)
            .with_priority(3)
            .with_delivery_mode(1)
            .with_expiration("1000".into())
            .with_user_id("somebody".into());
        let letter = dead(came);
        let expected = BasicProperties::default()
            .with_content_type("text/plain".into())
            .with_message_id("m".into())
            .with_type("T".into())
            .with_timestamp(7)
            .with_priority(3)
            .with_delivery_mode(2)
            .with_headers(letter.properties.headers().clone().unwrap());
        assert_eq!(letter.properties, expected);
        assert_eq!((letter.exchange.as_str(), letter.routing_key.as_str()), ("", "dead"));
        assert!(letter.mandatory);
        assert_eq!(letter.body, b"body");
    }

    #[test]
    fn headers_say_why_and_from_where() {
        let letter = dead(with_headers(&[("x-own", AMQPValue::Boolean(true))]));
        assert_eq!(
            headers(&letter),
            [
                ("x-hexad-dead-exchange", "ex".to_owned()),
                ("x-hexad-dead-queue", "in".to_owned()),
                ("x-hexad-dead-reason", "w".repeat(1_000)),
                ("x-hexad-dead-routing-key", "auth.X".to_owned()),
                ("x-hexad-dead-time", "1970-01-01T00:00:00.000000+00:00".to_owned()),
                ("x-own", "Boolean(true)".to_owned()),
            ]
        );
    }

    #[test]
    fn headers_that_the_broker_would_route_by_get_another_name() {
        let names = [("CC", AMQPValue::Void), ("BCC", AMQPValue::Void)];
        let letter = dead(with_headers(&names));
        let names: Vec<&str> = headers(&letter).iter().map(|(name, _)| *name).collect();
        assert!(names.contains(&"x-hexad-dead-CC") && names.contains(&"x-hexad-dead-BCC"), "{names:?}");
        assert!(!names.contains(&"CC") && !names.contains(&"BCC"), "{names:?}");
    }

    #[test]
    fn headers_that_would_not_fit_with_ours_are_left_out() {
        let nested =
            AMQPValue::FieldArray(vec![AMQPValue::LongString("x".repeat(MOST_HEADERS).into())].into());
        let letter = dead(with_headers(&[("x-own", nested)]));
        assert!(headers(&letter).iter().all(|(name, _)| name.starts_with("x-hexad-dead-")));
    }
}
