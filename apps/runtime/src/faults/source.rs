//! Around what receives.

use super::{
    Planned,
    plan::{Mutant, Point},
};
use hexad::ports::{Delivery, DeliveryTag, EventSource, Settlement, Unavailable, async_trait};
use std::iter;

#[async_trait]
impl<P: EventSource + ?Sized> EventSource for Planned<P> {
    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Unavailable> {
        let deliveries = self.inside.receive(limit).await?;
        if self.plan.is(Mutant::AckBeforeEffect) {
            for delivery in &deliveries {
                self.inside.settle(&delivery.tag, Settlement::Done).await?;
            }
        }
        Ok(deliveries)
    }

    async fn settle(&self, tag: &DeliveryTag, settlement: Settlement) -> Result<(), Unavailable> {
        if self.plan.is(Mutant::AckBeforeEffect) {
            return Ok(());
        }
        if settlement == Settlement::Done {
            self.plan.pass(Point::BeforeAck, iter::empty());
        }
        self.inside.settle(tag, settlement).await
    }
}
