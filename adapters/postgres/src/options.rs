//! What an operator may choose.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the program does with the database: [`prepare`](hexad_ports::Prepare::prepare) asks for no more rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// It only reads. A role that may do no more is enough where the tables are there already.
    Read,
    /// It reads and writes.
    #[default]
    Write,
}

/// How a [`PostgresStore`](crate::PostgresStore) waits, and how long it keeps what nobody needs any more.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// How many connections there are at most. One more listens for events where somebody waits for them.
    pub connections: u32,
    /// How long an answer may take in all, with the wait for a connection; then it is
    /// [`Unavailable`](hexad_ports::Unavailable).
    pub patience: Duration,
    /// How long the server works on one statement before it gives up. Less than the patience, so that the server
    /// has stopped when the client is told.
    pub statement_timeout: Duration,
    /// How often somebody who waits for events looks for them, even where no word of them came.
    pub poll: Duration,
    /// How long an event is kept after it was sent. One that was not is kept however old it is.
    pub keep_events: Duration,
    /// How long the ids of applied events are kept: longer than a broker can hold one back.
    pub keep_applied: Duration,
    /// How long a revocation is kept after its moment: at least as long as a token can live.
    pub keep_revocations: Duration,
    /// What the program does with the database.
    pub access: Access,
}

impl Default for PostgresOptions {
    /// 10 connections, 4 s, 3 s, 1 s, 7 days, 30 days, 30 days, and both reading and writing.
    fn default() -> Self {
        PostgresOptions {
            connections: 10,
            patience: Duration::from_secs(4),
            statement_timeout: Duration::from_secs(3),
            poll: Duration::from_secs(1),
            keep_events: DAY * 7,
            keep_applied: DAY * 30,
            keep_revocations: DAY * 30,
            access: Access::Write,
        }
    }
}
