//! The events as a document for programs: AsyncAPI 3.0, with a JSON Schema for each body.

mod kinds;

use crate::CONTENT_TYPE;
use hexad_ports::domain::Area;
use kinds::{KINDS, Kind};
use serde_json::{Map, Value, json};

/// What the names of exchange and queues are where no setting says otherwise.
const EXCHANGE: &str = "domain-events";
const SESSION_QUEUE: &str = "session-service.events";

/// The AsyncAPI document of all events: who sends which, by which routing key, into which queues.
///
/// ```
/// let document = hexad_events::asyncapi();
/// let schema = &document["components"]["messages"]["TestEvent"]["payload"];
/// assert_eq!(schema["properties"]["data"]["required"], serde_json::json!(["msg"]));
/// ```
#[must_use]
pub fn asyncapi() -> Value {
    let by_name = |of: fn(&Kind) -> Value| -> Map<String, Value> {
        KINDS.iter().map(|kind| (kind.name.to_owned(), of(kind))).collect()
    };
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hexad events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What happens, told over RabbitMQ. Each event is delivered at least once, under an id that stays \
                the same; for each user and service in the order of the commits. The names of the exchange and of the \
                queues are settings; these are the defaults.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels(),
        "operations": operations(),
        "components": { "messages": by_name(message) },
    })
}

fn channels() -> Map<String, Value> {
    let mut channels = Map::new();
    for kind in KINDS {
        let channel = json!({
            "address": kind.routing_key(),
            "description": format!("What is published by the routing key `{}`.", kind.routing_key()),
            "messages": { (kind.name): reference(&["components", "messages", kind.name]) },
            "bindings": { "amqp": {
                "is": "routingKey",
                "exchange": { "name": EXCHANGE, "type": "topic", "durable": true, "autoDelete": false, "vhost": "/" },
                "bindingVersion": "0.3.0",
            } },
        });
        channels.insert(kind.routing_key(), channel);
    }
    for (area, what) in
        [(Area::Auth, "logins and accounts"), (Area::User, "registrations"), (Area::Session, "sessions")]
    {
        let name = format!("{}-events", area.name());
        channels.insert(name.clone(), queue(&name, &format!("All events of {what}."), area));
    }
    let says = "What the session service consumes, one replica at a time. What can never be applied goes to \
        `session-service.events.dead`.";
    channels.insert(SESSION_QUEUE.to_owned(), queue(SESSION_QUEUE, says, Area::Auth));
    channels
}

fn queue(name: &str, says: &str, area: Area) -> Value {
    let messages: Map<String, Value> = KINDS
        .iter()
        .filter(|kind| kind.area == area)
        .map(|kind| (kind.name.to_owned(), reference(&["components", "messages", kind.name])))
        .collect();
    json!({
        "address": name,
        "description": says,
        "messages": messages,
        "bindings": { "amqp": {
            "is": "queue",
            "queue": { "name": name, "durable": true, "exclusive": false, "autoDelete": false, "vhost": "/" },
            "bindingVersion": "0.3.0",
        } },
    })
}

fn operations() -> Map<String, Value> {
    let mut operations = Map::new();
    for kind in KINDS.iter().filter(|kind| kind.sent) {
        let key = kind.routing_key();
        let operation = json!({
            "action": "send",
            "summary": kind.says,
            "channel": reference(&["channels", &key]),
            "messages": [reference(&["channels", &key, "messages", kind.name])],
            "bindings": { "amqp": { "deliveryMode": 2, "mandatory": true, "bindingVersion": "0.3.0" } },
        });
        operations.insert(format!("send{}", kind.name), operation);
    }
    let applied: Vec<Value> = KINDS
        .iter()
        .filter(|kind| kind.ends_or_opens_a_session)
        .map(|kind| reference(&["channels", SESSION_QUEUE, "messages", kind.name]))
        .collect();
    let operation = json!({
        "action": "receive",
        "summary": "What the session service applies to sessions. Every other event is acknowledged and changes nothing.",
        "channel": reference(&["channels", SESSION_QUEUE]),
        "messages": applied,
        "bindings": { "amqp": { "ack": true, "bindingVersion": "0.3.0" } },
    });
    operations.insert("applyToSessions".to_owned(), operation);
    operations
}

fn message(kind: &Kind) -> Value {
    json!({
        "name": kind.name,
        "title": kind.name,
        "summary": kind.says,
        "contentType": CONTENT_TYPE,
        "headers": headers(kind),
        "payload": payload(kind),
        "bindings": { "amqp": { "bindingVersion": "0.3.0" } },
    })
}

/// The body of a message.
fn payload(kind: &Kind) -> Value {
    let fields: Map<String, Value> = kind
        .fields
        .iter()
        .map(|(name, says)| ((*name).to_owned(), json!({ "type": "string", "description": says })))
        .collect();
    let names: Vec<&str> = kind.fields.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "required": ["event", "data", "timestamp"],
        "properties": {
            "event": { "type": "string", "const": kind.name },
            "data": { "type": "object", "required": names, "properties": fields, "additionalProperties": false },
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$",
                "description": "When it happened, in UTC, to the microsecond.",
            },
        },
        "additionalProperties": false,
    })
}

/// The attributes of CloudEvents (1.0.2, AMQP binding, binary mode).
fn headers(kind: &Kind) -> Value {
    json!({
        "type": "object",
        "required": [
            "cloudEvents:id", "cloudEvents:sequence", "cloudEvents:source", "cloudEvents:specversion",
            "cloudEvents:time", "cloudEvents:type"
        ],
        "properties": {
            "cloudEvents:id": {
                "type": "string", "format": "uuid",
                "description": "The event's id, which is the message's id too: by it a consumer knows the event again.",
            },
            "cloudEvents:sequence": {
                "type": "string", "pattern": r"^\d{20}$",
                "description": "A number that rises for each user and service.",
            },
            "cloudEvents:source": { "type": "string", "const": format!("/hexad/{}", kind.area.name()) },
            "cloudEvents:specversion": { "type": "string", "const": "1.0" },
            "cloudEvents:time": { "type": "string", "format": "date-time" },
            "cloudEvents:type": { "type": "string", "const": kind.name },
        },
    })
}

fn reference(path: &[&str]) -> Value {
    json!({ "$ref": format!("#/{}", path.join("/")) })
}
