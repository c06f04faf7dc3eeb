//! What an operator may choose.

use std::time::Duration;

/// How a [`Broker`](crate::Broker) connects and waits.
#[derive(Debug, Clone)]
pub struct BrokerOptions {
    /// Who we are in the broker's list of connections, for an operator to read: the name of the program.
    pub name: String,
    /// How long a connection may take, from the name's resolution to the broker's welcome.
    pub connect_timeout: Duration,
    /// How long a batch may take until the last confirm, and an acknowledgement until it is on its way. What is not
    /// confirmed by then counts as not published.
    pub confirm_timeout: Duration,
    /// How long the broker may take to answer a check of its health.
    pub probe_timeout: Duration,
    /// How often both sides show that they are there (AMQP 0-9-1, section 4.2.7), in whole seconds; after twice that
    /// without a sign the connection counts as lost. `?heartbeat=` in the URL goes before it.
    pub heartbeat: Duration,
    /// The longest wait between two tries to connect. Waits double from 100 ms to it, with jitter.
    pub longest_backoff: Duration,
}

impl Default for BrokerOptions {
    /// `hexad`, 3 s, 4 s, 2 s, 10 s and 2 s.
    fn default() -> Self {
        BrokerOptions {
            name: "hexad".to_owned(),
            connect_timeout: Duration::from_secs(3),
            confirm_timeout: Duration::from_secs(4),
            probe_timeout: Duration::from_secs(2),
            heartbeat: Duration::from_secs(10),
            longest_backoff: Duration::from_secs(2),
        }
    }
}
