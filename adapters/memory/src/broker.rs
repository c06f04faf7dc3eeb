//! A broker with one queue.

use crate::lock::lock;
use async_trait::async_trait;
use event_listener::Event as Signal;
use hexad_domain::{Area, Event};
use hexad_ports::{
    Content, Delivery, DeliveryTag, EventSource, Outgoing, Publication, Publisher, Settlement, Unavailable,
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
};

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

#[derive(Default)]
struct Queue {
    /// By place in the queue, which a message keeps when it is to be delivered again.
    messages: BTreeMap<u64, Message>,
    /// The places of the messages that a consumer has, by consumer and tag.
    held: BTreeMap<(u64, u64), u64>,
    dead: Vec<DeadLetter>,
    places: u64,
    tags: u64,
    consumers: u64,
}

struct Message {
    content: Content,
    /// The consumer that has it.
    holder: Option<u64>,
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
        let mut queue = lock(&self.shared.queue);
        queue.consumers += 1;
        MemoryConsumer { broker: self.clone(), number: queue.consumers }
    }

    /// What is in the queue and not settled for good, oldest first.
    pub fn unsettled(&self) -> Vec<Content> {
        lock(&self.shared.queue).messages.values().map(|message| message.content.clone()).collect()
    }

    /// The messages that were kept aside, oldest first.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        lock(&self.shared.queue).dead.clone()
    }

    /// Takes the messages that were kept aside out, oldest first.
    pub fn take_dead_letters(&self) -> Vec<DeadLetter> {
        std::mem::take(&mut lock(&self.shared.queue).dead)
    }

    fn queue_up(&self, contents: impl IntoIterator<Item = Content>) {
        let mut queue = lock(&self.shared.queue);
        for content in contents {
            queue.places += 1;
            let place = queue.places;
            queue.messages.insert(place, Message { content, holder: None });
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

impl Queue {
    fn take(&mut self, consumer: u64, limit: usize) -> Vec<Delivery> {
        let mut waiting: HashSet<(Area, String)> = HashSet::new();
        let mut deliveries = Vec::new();
        for (place, message) in &mut self.messages {
            if deliveries.len() == limit {
                break;
            }
            let order = order_of(&message.content);
            match message.holder {
                Some(holder) if holder != consumer => waiting.extend(order),
                Some(_) => {}
                None if order.is_some_and(|order| waiting.contains(&order)) => {}
                None => {
                    self.tags += 1;
                    message.holder = Some(consumer);
                    self.held.insert((consumer, self.tags), *place);
                    deliveries
                        .push(Delivery { tag: DeliveryTag(self.tags), content: message.content.clone() });
                }
            }
        }
        deliveries
    }
}

/// Within what a message keeps its place: events of one user and area.
fn order_of(content: &Content) -> Option<(Area, String)> {
    match content {
        Content::Event(Event { subject, kind, .. }) => Some((kind.area(), subject.clone())),
        Content::Foreign { .. } | Content::Malformed { .. } => None,
    }
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
        let mut queue = lock(&self.broker.shared.queue);
        let Some(place) = queue.held.remove(&(self.number, tag.0)) else {
            return Err(Unavailable::new("the broker", "this consumer has no such delivery"));
        };
        match settlement {
            Settlement::Retry => {
                if let Some(message) = queue.messages.get_mut(&place) {
                    message.holder = None;
                }
            }
            Settlement::Done => {
                queue.messages.remove(&place);
            }
            Settlement::Poison { why } => {
                if let Some(Message { content, .. }) = queue.messages.remove(&place) {
                    queue.dead.push(DeadLetter { content, why });
                }
            }
        }
        drop(queue);
        self.broker.shared.deliverable.notify(usize::MAX);
        Ok(())
    }
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        let mut queue = lock(&self.broker.shared.queue);
        let Queue { messages, held, .. } = &mut *queue;
        held.retain(|(consumer, _), place| {
            let others = *consumer != self.number;
            if let (false, Some(message)) = (others, messages.get_mut(place)) {
                message.holder = None;
            }
            others
        });
        drop(queue);
        self.broker.shared.deliverable.notify(usize::MAX);
    }
}
