//! The broker.

use crate::{BrokerOptions, PublisherTopology, RabbitPublisher, RabbitSource, SourceTopology};
use hexad_ports::{Clock, Mistake, Probe, Random, Unavailable, async_trait, domain::Timestamp};
use std::sync::Arc;

/// A RabbitMQ broker. A clone is another handle on the same connections: one for publishing and one for consuming,
/// each opened when it is first needed, kept, and opened again by itself when it is lost.
#[derive(Clone)]
pub struct Broker {
    pub(crate) clock: Arc<dyn Clock>,
}

impl Broker {
    /// A broker at that URL: `amqp://user:password@host:port/virtual-host`, or `amqps://` for TLS (the system's root
    /// certificates), everything percent-encoded (RabbitMQ's URI specification). Opens no connection.
    ///
    /// # Errors
    /// [`Mistake`] where the URL is none of a broker.
    pub fn new(
        _url: &str,
        _options: BrokerOptions,
        clock: Arc<dyn Clock>,
        _random: Arc<dyn Random>,
    ) -> Result<Self, Mistake> {
        Ok(Broker { clock })
    }

    /// Publishes events there.
    pub fn publisher(&self, _topology: PublisherTopology) -> RabbitPublisher {
        RabbitPublisher {}
    }

    /// Receives events from there.
    pub fn source(&self, _topology: SourceTopology) -> RabbitSource {
        RabbitSource {}
    }
}

#[async_trait]
impl Probe for Broker {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        Err(Unavailable::new("the broker", "not built"))
    }
}
