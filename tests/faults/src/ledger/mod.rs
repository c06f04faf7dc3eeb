//! What was sent and answered, what is stored, what arrived: and the checks that hold the three against each other.

mod check;
mod logins;
mod order;
mod registrations;
mod sessions;
mod told;
mod uploads;

#[cfg(test)]
mod made_up;
#[cfg(test)]
mod tests;

pub use check::{Check, Figures, Finding, Verdict, check};

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
};

/// Microseconds since the Unix epoch, by the clock of the machine that writes.
pub type Micros = i64;

/// Which service an event is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// Logins.
    Auth,
    /// Registrations.
    User,
    /// Sessions.
    Session,
}

impl Area {
    /// The area that a routing key begins with.
    #[must_use]
    pub fn of_routing_key(key: &str) -> Option<Self> {
        match key.split('.').next() {
            Some("auth") => Some(Area::Auth),
            Some("user") => Some(Area::User),
            Some("session") => Some(Area::Session),
            _ => None,
        }
    }
}

/// What a client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A registration.
    Register,
    /// A login.
    LogIn,
    /// A change of the session, which leaves this mark in its data.
    Change(u64),
    /// Opening the session, or touching the open one, its data left alone.
    Open,
    /// The end of the session. Nobody acts for this user afterwards.
    End,
    /// An upload.
    Upload,
}

impl Deed {
    /// Which service's events tell of it.
    pub(crate) const fn area(self) -> Option<Area> {
        match self {
            Deed::Register => Some(Area::User),
            Deed::LogIn => Some(Area::Auth),
            Deed::Change(_) | Deed::Open | Deed::End => Some(Area::Session),
            Deed::Upload => None,
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::Register => f.write_str("the registration"),
            Deed::LogIn => f.write_str("a login"),
            Deed::Change(mark) => write!(f, "change {mark} of the session"),
            Deed::Open => f.write_str("the opening of the session"),
            Deed::End => f.write_str("the end of the session"),
            Deed::Upload => f.write_str("an upload"),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered with success: it must be there.
    Promised(Told),
    /// It was refused for a reason of its own: it must not be there.
    Refused,
    /// 503, or no answer: it may be there, with its event, or not, without one.
    Unknown,
    /// An answer that no service may give, in words.
    Impossible(String),
}

/// What a success told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing to look for.
    Nothing,
    /// The new user's id.
    Id(String),
    /// When the token was issued, in milliseconds since the Unix epoch: the login's event has the same moment.
    IssuedAt(i64),
    /// Where the image is, and whether its bytes came back at the end of the round.
    Image {
        /// Its URL.
        url: String,
        /// Whether it was fetched, byte by byte.
        fetched: bool,
    },
}

/// A write and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Who: a username.
    pub who: String,
    /// What.
    pub deed: Deed,
    /// When it was sent.
    pub sent: Micros,
    /// When the answer was there, or the client gave up.
    pub ended: Micros,
    /// What came of it.
    pub outcome: Outcome,
}

/// A message, as a queue gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Which queue: a place in [`History::queues`].
    pub queue: usize,
    /// The event's id.
    pub id: String,
    /// Whose event it is.
    pub area: Area,
    /// Its name.
    pub kind: String,
    /// The user's name.
    pub username: String,
    /// The user's id (`user_id`, or `id` of a registration).
    pub user_id: String,
    /// The session's id, where it is about one.
    pub session_id: String,
    /// The event's own time.
    pub at: Micros,
    /// `cloudEvents:sequence`.
    pub sequence: u64,
    /// A digest of the body, the routing key and the headers.
    pub fingerprint: u64,
}

/// A session as its store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredSession {
    /// Its id.
    pub id: String,
    /// The marks that changes left in it.
    pub marks: BTreeSet<u64>,
    /// When its user last connected, in milliseconds since the Unix epoch.
    pub connected_at: i64,
}

/// What the stores hold at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The ids of the users, by their names.
    pub users: HashMap<String, String>,
    /// The sessions, by the ids of their users.
    pub sessions: HashMap<String, StoredSession>,
    /// The ids of the stored events of logins and registrations, where the store could be asked for them.
    pub events: Option<HashSet<String>>,
}

/// A queue that was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Whose events it is to get; `None` for all.
    pub area: Option<Area>,
}

/// A round, from its first write to its rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Every write, in any order.
    pub writes: Vec<Write>,
    /// The queues that were watched from before the first write.
    pub queues: Vec<Queue>,
    /// What they gave, in the order of each queue.
    pub arrivals: Vec<Arrival>,
    /// What is stored.
    pub stored: Stored,
    /// How far the clocks of the services may be from that of the clients.
    pub skew: Micros,
}
