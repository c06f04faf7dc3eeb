//! Identifiers. Each is opaque to whoever did not make it.

use std::fmt;
use uuid::Uuid;

/// Identifies a user. New ones are UUIDs; an adopted store may hold any text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

impl UserId {
    /// A new user's id, a random UUID (version 4) made of these 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        UserId(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// Takes what a store, a token or a path holds, as it is.
    pub fn from_stored(stored: impl Into<String>) -> Self {
        UserId(stored.into())
    }

    /// The id as text: 36 characters where it is a UUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identifies a session document. Made by the store that keeps it, in a form of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// Takes what a store made or holds.
    pub fn from_stored(stored: impl Into<String>) -> Self {
        SessionId(stored.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identifies an event, for ever and everywhere: a consumer applies each id once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Uuid);

impl EventId {
    /// A new event's id: a UUID of version 7, so that ids rise with time.
    pub fn new(at: crate::Timestamp, random: [u8; 10]) -> Self {
        EventId(uuid_v7(at, random))
    }

    /// Takes an id that came with an event.
    pub const fn from_uuid(id: Uuid) -> Self {
        EventId(id)
    }

    /// The id as a UUID.
    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A UUID of version 7 (RFC 9562, section 5.7): the moment in milliseconds, then random bits.
pub(crate) fn uuid_v7(at: crate::Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(at.unix_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
