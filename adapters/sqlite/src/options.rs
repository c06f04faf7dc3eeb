//! What an operator may choose.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a [`SqliteStore`](crate::SqliteStore) waits and how long it keeps what nobody needs any more.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// How long another writer may hold the file before a change is given up as
    /// [`Unavailable`](hexad_ports::Unavailable). With what else can wait, an answer takes at most a second more.
    pub patience: Duration,
    /// How often somebody who waits for events looks whether another process has written.
    pub poll: Duration,
    /// How long a settled event is kept. One that a consumer or a relay still owes is kept however old it is.
    pub keep_events: Duration,
    /// How long the ids of applied events are kept, and in any case as long as the event itself.
    pub keep_applied: Duration,
    /// How long a revocation is kept after its moment: at least as long as a token can live.
    pub keep_revocations: Duration,
}

impl Default for SqliteOptions {
    /// Four seconds, 100 milliseconds, 7 days, 30 days and 30 days.
    fn default() -> Self {
        SqliteOptions {
            patience: Duration::from_secs(4),
            poll: Duration::from_millis(100),
            keep_events: DAY * 7,
            keep_applied: DAY * 30,
            keep_revocations: DAY * 30,
        }
    }
}
