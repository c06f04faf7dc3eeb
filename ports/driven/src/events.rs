//! Events on their way: the log they are stored in, the relay's view of it, the publisher, and the source of what
//! others tell us.

use crate::Unavailable;
use async_trait::async_trait;
use hexad_domain::{Area, Event, EventId};
use std::time::Duration;

/// Stores events that belong to no change (a login). A change's own events go through its store.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Stores the events, all or none. MUST be durable when it returns, MUST keep their order for each subject, and
    /// MUST keep each as it is, its time to the microsecond.
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable>;
}

/// An event on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The event.
    pub event: Event,
    /// Rises with every event of the same area and subject, in the order of their commits. An event keeps its number.
    pub sequence: u64,
}

/// What a relay has claimed. It is the relay's alone until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Fences this claim off from later ones: settling a claim whose lease has passed to another relay does nothing.
    pub fence: u64,
    /// The events, oldest first for each subject.
    pub events: Vec<Outgoing>,
}

/// The relay's view of stored events.
///
/// An adapter MUST
/// - never give an event to two relays whose leases overlap, nor any later event of a subject while an earlier one
///   is claimed by another relay or not yet settled as sent;
/// - give an event that was not settled again once the lease of its claim has ended;
/// - let any number of relays work side by side.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Claims up to `limit` events of the area that are not yet settled as sent, for the time of `lease`.
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable>;

    /// Settles these events of the claim as sent, and gives back the claim on all others: they can be claimed again
    /// at once.
    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable>;

    /// Returns when there may be something to claim. MUST return soon after a commit by this process or another,
    /// and MAY return when there is nothing.
    async fn wait(&self, area: Area);
}

/// What became of one event of a batch.
#[derive(Debug)]
pub enum Publication {
    /// The broker has taken it and will not lose it.
    Confirmed,
    /// It has not, or has not said so in time. Publishing it again is safe.
    Failed(Unavailable),
}

/// Hands events to a broker.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Publishes the events in their order, and answers for each, in the same order. MUST NOT answer `Confirmed`
    /// before the broker has confirmed, nor for an event that no queue took.
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication>;
}

/// Names a delivery to its source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveryTag(pub u64);

/// What a delivery carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An event that we know.
    Event(Event),
    /// A well-formed event with a name that we do not know.
    Foreign {
        /// Its name.
        name: String,
    },
    /// Something that can never be applied.
    Malformed {
        /// Why, for an operator to read.
        why: String,
    },
}

/// A message from outside. It stays with the source until it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To settle it by.
    pub tag: DeliveryTag,
    /// What it carries.
    pub content: Content,
}

/// How a delivery ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is applied, or need not be: forget it.
    Done,
    /// It could not be applied now: deliver it again.
    Retry,
    /// It can never be applied: keep it aside for an operator.
    Poison {
        /// Why.
        why: String,
    },
}

/// Where events of other services come from.
///
/// An adapter MUST
/// - deliver every event at least once until it is settled as done or poison, over restarts of either side;
/// - deliver the events of one subject and area in order; settling an earlier one with `Retry` MUST NOT let a later
///   one of the same subject overtake it for good: that one comes again after it, even where it was settled as done
///   before, and whatever its delivery from before is settled as from then on;
/// - have kept a poison message aside, durably, before it forgets it.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// Waits for deliveries, and returns up to `limit` of them, at least one. Dropping the future loses nothing.
    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Unavailable>;

    /// Settles a delivery. Where this fails, the event is delivered again. A tag that names none, or one that is
    /// settled or was taken back since, settles nothing and is no failure.
    async fn settle(&self, tag: &DeliveryTag, settlement: Settlement) -> Result<(), Unavailable>;
}
