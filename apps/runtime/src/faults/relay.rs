//! Around what sends.

use super::{
    Planned,
    plan::{Mutant, Point},
};
use hexad::{
    domain::{Area, EventId},
    ports::{Claim, Outbox, Outgoing, Publication, Publisher, Unavailable, async_trait},
};
use std::{future::poll_fn, task::Poll, time::Duration};
use tokio::time::sleep;

/// How long what was given to the broker is left alone: time enough for the tasks of a connection to write it out.
const ON_ITS_WAY: Duration = Duration::from_millis(50);

#[async_trait]
impl<P: Outbox + ?Sized> Outbox for Planned<P> {
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable> {
        let claim = self.inside.claim(area, limit, lease).await?;
        if !claim.events.is_empty() {
            if self.plan.is(Mutant::MarkBeforeConfirm) {
                let all: Vec<EventId> = claim.events.iter().map(|outgoing| outgoing.event.id).collect();
                self.inside.settle(area, &claim, &all).await?;
            }
            self.plan.pass(Point::BeforePublish, claim.events.iter().map(|outgoing| outgoing.event.id));
        }
        Ok(claim)
    }

    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable> {
        if self.plan.is(Mutant::MarkBeforeConfirm) {
            return Ok(());
        }
        if !sent.is_empty() {
            self.plan.pass(Point::BeforeMark, sent.iter().copied());
        }
        self.inside.settle(area, claim, sent).await
    }

    async fn wait(&self, area: Area) {
        self.inside.wait(area).await;
    }
}

#[async_trait]
impl<P: Publisher + ?Sized> Publisher for Planned<P> {
    /// At its fail point the publishing is begun and never looked at again: what a connection has to write it writes,
    /// and whatever the broker says to it nobody hears.
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
        let mut publishing = self.inside.publish(events);
        if !events.is_empty() && self.plan.comes_by(Point::BeforeConfirm) {
            let begun = poll_fn(|context| Poll::Ready(publishing.as_mut().poll(context))).await;
            if let Poll::Ready(publications) = begun {
                return publications;
            }
            sleep(ON_ITS_WAY).await;
            self.plan.end(Point::BeforeConfirm, events.iter().map(|outgoing| outgoing.event.id));
        }
        publishing.await
    }
}
