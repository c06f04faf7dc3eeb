//! Every bound of the server, with its default.

use std::time::Duration;

/// What a client may send, how long it may take, and how many may come at once.
///
/// What breaks a bound is answered with a problem document where HTTP still allows an answer, and otherwise the
/// connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest JSON or XML body, in bytes: 1 MiB. Beyond: 413.
    pub body_bytes: usize,
    /// The largest head of a request, in bytes: 64 KiB, and 512 header fields on HTTP/1. Beyond: 431, which is hyper's
    /// own bare one where it is more than twice as large (on HTTP/1: and over 8 KiB), or the fields are too many.
    pub header_bytes: u32,
    /// How long the head of a request may take: 15 s. For the first one it counts from the accepting, so that a
    /// silent connection and half an HTTP/2 preface are included; an HTTP/1 connection kept alive is closed after
    /// the same time without a request. Beyond: the connection is closed.
    pub header_time: Duration,
    /// How long a body may stand still: 15 s. Beyond: 408.
    pub body_idle: Duration,
    /// How long a body may take in all, but for uploads: 60 s. Beyond: 408.
    pub body_total: Duration,
    /// How long an HTTP/2 connection is kept without a request: 60 s.
    pub idle: Duration,
    /// How long a connection with open requests may stand still in both directions, as with a client that does not
    /// take its answer: 120 s. Beyond: the connection is closed.
    pub stall: Duration,
    /// How many connections are open at once: 1,024. Beyond: they wait in the backlog of the operating system.
    pub connections: usize,
    /// How many requests are served at once: 512. Beyond: 503 `busy`, but for the health routes.
    pub requests: usize,
    /// How many requests at once on one HTTP/2 connection: 128.
    pub streams: u32,
    /// How much of a refused body is read and thrown away, so that a client that sends before it listens gets to
    /// the answer: 64 MiB. Beyond: the connection is closed.
    pub drain_bytes: usize,
    /// How long that may take: 10 s.
    pub drain_time: Duration,
    /// How long it may take where nobody served the request, as there were too many: 2 s. It has no place among those
    /// that are counted, so it must be gone soon.
    pub drain_time_unserved: Duration,
    /// How long running requests may take to end once the server shuts down: 10 s. Beyond: they are cut.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            header_bytes: 64 * 1024,
            header_time: Duration::from_secs(15),
            body_idle: Duration::from_secs(15),
            body_total: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            stall: Duration::from_secs(120),
            connections: 1024,
            requests: 512,
            streams: 128,
            drain_bytes: 64 * 1024 * 1024,
            drain_time: Duration::from_secs(10),
            drain_time_unserved: Duration::from_secs(2),
            shutdown: Duration::from_secs(10),
        }
    }
}
