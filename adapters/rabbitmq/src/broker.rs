//! The broker.

use crate::{
    BrokerOptions, PublisherTopology, RabbitPublisher, RabbitSource, SourceTopology,
    address::Address,
    connection::{Link, Wire},
    failure::Failure,
};
use hexad_ports::{Clock, Mistake, Probe, Random, Unavailable, async_trait, domain::Timestamp};
use std::sync::Arc;
use tokio::time::timeout;

/// A RabbitMQ broker. A clone is another handle on the same connections: one for publishing and one for consuming,
/// as the broker holds up publishers when it is short of memory or disk space. Each is opened when it is first needed,
/// kept, and opened again by itself when it is lost; both end when the last handle on the broker, its publishers and
/// its sources is dropped.
#[derive(Clone)]
pub struct Broker {
    pub(crate) options: BrokerOptions,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) publishing: Arc<Link>,
    pub(crate) consuming: Arc<Link>,
}

impl Broker {
    /// A broker at that URL: `amqp://user:password@host:port/virtual-host`, or `amqps://` for TLS (with the system's
    /// root certificates), every part percent-encoded. Opens no connection.
    ///
    /// # Errors
    /// [`Mistake`] where the URL is none of a broker.
    pub fn new(
        url: &str,
        options: BrokerOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Mistake> {
        let address = Arc::new(Address::parse(url, &options)?);
        let link = |role| Arc::new(Link::new(Arc::clone(&address), role, &options, Arc::clone(&random)));
        let (publishing, consuming) = (link("publishing"), link("consuming"));
        Ok(Broker { options, clock, publishing, consuming })
    }

    /// Publishes events there.
    pub fn publisher(&self, topology: PublisherTopology) -> RabbitPublisher {
        RabbitPublisher::new(Arc::clone(&self.publishing), topology, self.options.confirm_timeout)
    }

    /// Receives events from there.
    pub fn source(&self, topology: SourceTopology) -> RabbitSource {
        RabbitSource::new(self, topology)
    }

    /// A connection to try the broker by: one that is open, else the one that is needed.
    async fn any(&self) -> Result<Arc<Wire>, Failure> {
        if let Some(wire) = self.publishing.open().or_else(|| self.consuming.open()) {
            return Ok(wire);
        }
        let only_consuming = self.consuming.in_use() && !self.publishing.in_use();
        if only_consuming { self.consuming.fresh().await } else { self.publishing.fresh().await }
    }

    /// Opens a channel, which needs no permission, and goes to the broker and back.
    /// `used` tells over which connection.
    async fn round_trip(&self, used: &mut Option<Arc<Wire>>) -> Result<(), Failure> {
        let wire = used.insert(self.any().await?);
        if wire.blocked() {
            return Err(Failure::blocked());
        }
        wire.channel().await?.close(200, "OK".into()).await?;
        Ok(())
    }
}

/// Whether the broker answers. No connection is opened for it where one is open, and none is given up where the
/// broker takes long: that is for those to decide who wait for it.
#[async_trait]
impl Probe for Broker {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        let limit = self.options.probe_timeout;
        let mut used = None;
        match timeout(limit, self.round_trip(&mut used)).await {
            Ok(answered) => answered?,
            Err(_) => return Err(Failure::late(used.as_deref(), limit).into()),
        }
        Ok(self.clock.now())
    }
}
