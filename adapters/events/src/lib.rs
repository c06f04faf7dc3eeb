//! The events of Hexad as message bodies and headers, and back.
//!
//! The body is the JSON that consumers have always read, `{"event","data","timestamp"}`; what CloudEvents says of an
//! event besides travels in the headers. Stores that keep events as rows keep the body too: what is read back with
//! [`restore`] is the event that [`encode`] was given, to the microsecond.
//!
//! ```
//! use hexad_events::{decode, encode};
//! use hexad_ports::{Content, domain::{Event, EventId, EventKind, Timestamp}};
//!
//! let at = Timestamp::parse("2026-11-22T18:56:51.837633+00:00").unwrap();
//! let kind = EventKind::TestEvent { msg: "hello".to_owned() };
//! let event = Event { id: EventId::new(at, [7; 10]), at, subject: "test".to_owned(), kind };
//!
//! let body = encode(&event);
//! assert_eq!(
//!     body,
//!     r#"{"event":"TestEvent","data":{"msg":"hello"},"timestamp":"2026-11-22T18:56:51.837633+00:00"}"#
//! );
//! assert_eq!(decode(body.as_bytes(), Some(&event.id.to_string())), Content::Event(event));
//! ```

mod body;
mod data;
mod description;
mod id;
mod message;

pub use body::{MAX_BODY_BYTES, Unreadable, decode, encode, restore};
pub use description::asyncapi;
pub use id::MESSAGE_NAMESPACE;
pub use message::{CONTENT_TYPE, Message, routing_key};
