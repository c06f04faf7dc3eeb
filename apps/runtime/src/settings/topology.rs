//! How events travel over a broker: its exchange, the queues and their topics.

/// The names that the programs and the broker share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventSettings {
    /// The exchange that every event is published to.
    pub exchange: String,
    /// The queues that the session service consumes. Auth declares them too, so that a login before the session
    /// service's first start is not lost. None where no session service of Hexad runs.
    pub session_queues: Vec<String>,
    /// The topics that those queues are bound by.
    pub session_topics: Vec<String>,
    /// Where the session service keeps what can never be applied; `.dead` after the name of its first queue where
    /// nothing is said.
    pub session_dead_queue: Option<String>,
    /// How many messages of a queue the session service holds at once.
    pub session_prefetch: u16,
}
