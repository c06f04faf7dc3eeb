//! A broker with one queue.

mod queue;

use crate::lock::lock;
use async_trait::async_trait;
use event_listener::Event as Signal;
use hexad_ports::{
    Content, Delivery, DeliveryTag, EventSource, Outgoing, Publication, Publisher, Settlement, Unavailable,
};
use queue::Queue;
use std::sync::{Arc, Mutex};

/// A broker in memory: what is published to it waits in one queue, in order, until a [`MemoryConsumer`] has settled it.
///
/// A clone is another handle on the same broker. Its queue has no bound.
#[derive(Clone, Default)]
pub struct MemoryBroker {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Told whenever there may be more to deliver.
    deliverable: Signal,
}

/// A message that could never be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it carries.
    pub content: Content,
    /// Why it could not be applied.
    pub why: String,
}

impl MemoryBroker {
    /// A broker with an empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts anything into the queue: also what no event of ours is.
    pub fn deliver(&self, content: Content) {
        self.queue_up([content]);
    }

    /// A consumer of the queue. Several share its messages; while one of them has a message of a user, the later ones
    /// of the same user and area wait for it.
    pub fn consumer(&self) -> MemoryConsumer {
        let number = lock(&self.shared.queue).join();
        MemoryConsumer { broker: self.clone(), number }
    }

    /// What is in the queue and not settled for good, oldest first: also what was done while an earlier message of
    /// the same user and area is not, as it comes again after that one where that one comes again.
    pub fn unsettled(&self) -> Vec<Content> {
        lock(&self.shared.queue).unsettled()
    }

    /// The messages that were kept aside, oldest first.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        lock(&self.shared.queue).dead().clone()
    }

    /// Takes the messages that were kept aside out, oldest first.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        std::mem::take(lock(&self.shared.queue).dead())
    }

    fn queue_up(&self, contents: impl IntoIterator<Item = Content>) {
        let mut queue = lock(&self.shared.queue);
        for content in contents {
            queue.push(content);
        }
        drop(queue);
        self.shared.deliverable.notify(usize::MAX);
    }
}

#[async_trait]
impl Publisher for MemoryBroker {
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
        self.queue_up(events.iter().map(|outgoing| Content::Event(outgoing.event.clone())));
        events.iter().map(|_| Publication::Confirmed).collect()
    }
}

/// Receives what is published to a [`MemoryBroker`]. Dropping it gives back what it has not settled.
pub struct MemoryConsumer {
    broker: MemoryBroker,
    number: u64,
}

#[async_trait]
impl EventSource for MemoryConsumer {
    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Unavailable> {
        let Shared { queue, deliverable } = self.broker.shared.as_ref();
        loop {
            // Listens before it looks, so that nothing is published unheard in between.
            let told = deliverable.listen();
            let deliveries = lock(queue).take(self.number, limit.max(1));
            if !deliveries.is_empty() {
                return Ok(deliveries);
            }
            told.await;
        }
    }

    async fn settle(&self, tag: &DeliveryTag, settlement: Settlement) -> Result<(), Unavailable> {
        lock(&self.broker.shared.queue).settle(self.number, tag, settlement);
        self.broker.shared.deliverable.notify(usize::MAX);
        Ok(())
    }
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        lock(&self.broker.shared.queue).leave(self.number);
        self.broker.shared.deliverable.notify(usize::MAX);
    }
}
