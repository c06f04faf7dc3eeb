//! What an operator may choose.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a [`MongoStore`](crate::MongoStore) connects, how it waits, and how long it keeps what nobody needs any more.
#[derive(Debug, Clone)]
pub struct MongoOptions {
    /// The most connections to each server, not counting the two by which the driver watches it.
    pub connections: u32,
    /// How long an answer may take in all before it is [`Unavailable`](hexad_ports::Unavailable).
    pub patience: Duration,
    /// How often somebody who waits for events looks whether another process has stored some. What this process
    /// stores is noticed at once.
    pub poll: Duration,
    /// The most events of one user that may wait for the relay; changes that would tell more are refused until some
    /// are sent. A document of MongoDB has an end, at 16 MiB.
    pub waiting_events: u32,
    /// How long the ids of applied events are kept.
    pub keep_applied: Duration,
    /// The most ids of applied events that are kept for one user: the newest.
    pub applied_events: u32,
    /// How long a revocation is kept after its moment: at least as long as a token can live.
    pub keep_revocations: Duration,
}

impl Default for MongoOptions {
    /// Ten connections, 4 seconds, 250 milliseconds, 10,000 events, 30 days and 10,000 ids, 30 days.
    fn default() -> Self {
        MongoOptions {
            connections: 10,
            patience: Duration::from_secs(4),
            poll: Duration::from_millis(250),
            waiting_events: 10_000,
            keep_applied: DAY * 30,
            applied_events: 10_000,
            keep_revocations: DAY * 30,
        }
    }
}
