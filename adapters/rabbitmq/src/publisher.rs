//! Publishing.

use hexad_ports::{NotReady, Outgoing, Prepare, Publication, Publisher, Unavailable, async_trait};

/// Publishes events to a [`Broker`](crate::Broker). A clone is another handle on the same channel.
#[derive(Clone)]
pub struct RabbitPublisher {}

#[async_trait]
impl Prepare for RabbitPublisher {
    async fn prepare(&self) -> Result<(), NotReady> {
        Err(Unavailable::new("the broker", "not built").into())
    }
}

#[async_trait]
impl Publisher for RabbitPublisher {
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
        events.iter().map(|_| Publication::Failed(Unavailable::new("the broker", "not built"))).collect()
    }
}
