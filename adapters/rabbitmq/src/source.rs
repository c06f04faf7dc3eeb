//! Consuming.

use hexad_ports::{
    Delivery, DeliveryTag, EventSource, NotReady, Prepare, Settlement, Unavailable, async_trait,
};

/// Receives events from a [`Broker`](crate::Broker). A clone is another handle on the same consumer.
#[derive(Clone)]
pub struct RabbitSource {}

#[async_trait]
impl Prepare for RabbitSource {
    async fn prepare(&self) -> Result<(), NotReady> {
        Err(Unavailable::new("the broker", "not built").into())
    }
}

#[async_trait]
impl EventSource for RabbitSource {
    async fn receive(&self, _limit: usize) -> Result<Vec<Delivery>, Unavailable> {
        Err(Unavailable::new("the broker", "not built"))
    }

    async fn settle(&self, _tag: &DeliveryTag, _settlement: Settlement) -> Result<(), Unavailable> {
        Err(Unavailable::new("the broker", "not built"))
    }
}
