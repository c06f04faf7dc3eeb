//! What every [`EventSource`] promises.

use crate::{
    run::soon,
    sample::{ODD_TEXTS, event, every_kind, login},
};
use async_trait::async_trait;
use hexad_domain::{Area, Event, EventId};
use hexad_ports::{Content, Delivery, DeliveryTag, EventSource, Settlement};
use std::{collections::HashSet, future::Future, pin::pin, sync::Arc, task::Poll};

/// A source of events of every area, and what stands behind it.
#[async_trait]
pub trait SourceHarness: Send + Sync {
    /// The consumer's source, as a newly started program has it: what an earlier one received and did not settle is
    /// delivered again, at the latest when that one is dropped.
    async fn source(&self) -> Arc<dyn EventSource>;

    /// Lets other services tell of these events.
    async fn tell(&self, events: &[Event]);

    /// How many messages are kept aside for an operator.
    async fn kept_aside(&self) -> usize;
}

/// A source that others can send anything to.
#[async_trait]
pub trait OpenSourceHarness: SourceHarness {
    /// Sends an event with a name that nobody knows.
    async fn tell_foreign(&self, name: &str);

    /// Sends what is no event.
    async fn tell_nonsense(&self);
}

/// The tests of an event source: `hexad_contract::source!(make)`, where `make` is an async function that gives a
/// [`SourceHarness`].
#[macro_export]
macro_rules! source {
    ($make:expr) => {
        $crate::suite!(
            source,
            source,
            $make,
            [
                what_is_told_arrives_as_it_was,
                events_of_a_subject_arrive_in_order,
                no_more_arrive_than_asked_for,
                a_consumer_waits_until_something_is_told,
                what_is_done_never_comes_again,
                what_is_not_settled_comes_again,
                what_is_to_be_retried_comes_again_in_order,
                what_was_done_before_an_earlier_one_is_retried_comes_after_it_again,
                what_is_done_after_an_earlier_one_is_retried_comes_after_it_again,
                a_delivery_is_settled_once,
                a_tag_of_nothing_settles_nothing,
                what_is_poison_is_kept_aside,
                a_consumer_that_gives_up_waiting_loses_nothing,
            ]
        );
    };
}

/// The tests of an event source that others can send anything to: `hexad_contract::open_source!(make)`, where `make`
/// gives an [`OpenSourceHarness`].
#[macro_export]
macro_rules! open_source {
    ($make:expr) => {
        $crate::suite!(
            open_source,
            source,
            $make,
            [what_nobody_knows_is_delivered_by_its_name, what_is_no_event_is_delivered_as_such,]
        );
    };
}

async fn receive(source: &dyn EventSource, limit: usize) -> Vec<Delivery> {
    let deliveries = soon("receiving", source.receive(limit)).await.expect("deliveries");
    assert!((1..=limit).contains(&deliveries.len()), "{} of {limit}", deliveries.len());
    deliveries
}

fn event_of(delivery: &Delivery) -> &Event {
    match &delivery.content {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Receives so many events, and settles none.
async fn hold(source: &dyn EventSource, count: usize) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    while deliveries.len() < count {
        deliveries.extend(receive(source, count - deliveries.len()).await);
    }
    deliveries
}

async fn settle(source: &dyn EventSource, delivery: &Delivery, settlement: Settlement) {
    source.settle(&delivery.tag, settlement).await.expect("settling");
}

/// Receives and settles so many events.
async fn take(source: &dyn EventSource, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < count {
        for delivery in receive(source, count - events.len()).await {
            events.push(event_of(&delivery).clone());
            settle(source, &delivery, Settlement::Done).await;
        }
    }
    events
}

/// Holds the source to having nothing more than this last event to give.
async fn nothing_but(harness: &dyn SourceHarness, source: &dyn EventSource) {
    let last = login("last");
    harness.tell(std::slice::from_ref(&last)).await;
    assert_eq!(take(source, 1).await, [last]);
}

pub async fn what_is_told_arrives_as_it_was(harness: &dyn SourceHarness) {
    let mut events = Vec::new();
    for text in ODD_TEXTS {
        events.extend(every_kind(text).into_iter().map(|kind| event(text, kind)));
    }
    harness.tell(&events).await;
    let mut arrived = take(harness.source().await.as_ref(), events.len()).await;
    let by_id = |one: &Event, other: &Event| one.id.cmp(&other.id);
    arrived.sort_by(by_id);
    events.sort_by(by_id);
    for (arrived, event) in arrived.iter().zip(&events) {
        // On the wire a message has no subject of its own.
        assert_eq!((arrived.id, arrived.at, &arrived.kind), (event.id, event.at, &event.kind));
    }
}

pub async fn events_of_a_subject_arrive_in_order(harness: &dyn SourceHarness) {
    let events: Vec<Event> = (0..30).map(|number| login(["ada", "grace"][number % 2])).collect();
    for part in events.chunks(7) {
        harness.tell(part).await;
    }
    let arrived = take(harness.source().await.as_ref(), events.len()).await;
    for subject in ["ada", "grace"] {
        let of = |events: &[Event]| -> Vec<EventId> {
            events.iter().filter(|event| event.subject == subject).map(|event| event.id).collect()
        };
        assert_eq!(of(&arrived), of(&events));
    }
}

pub async fn no_more_arrive_than_asked_for(harness: &dyn SourceHarness) {
    let events: Vec<Event> = (0..10).map(|_| login("ada")).collect();
    harness.tell(&events).await;
    let source = harness.source().await;
    let mut arrived = Vec::new();
    for limit in [1, 3, 1, 2] {
        arrived.extend(receive(source.as_ref(), limit).await);
    }
    // What was received and not settled yet is not given again to the same consumer.
    let ids: Vec<EventId> = arrived.iter().map(|delivery| event_of(delivery).id).collect();
    assert_eq!(ids, events.iter().map(|event| event.id).take(ids.len()).collect::<Vec<_>>());
    let tags: HashSet<_> = arrived.iter().map(|delivery| &delivery.tag).collect();
    assert_eq!(tags.len(), arrived.len());
}

pub async fn a_consumer_waits_until_something_is_told(harness: &dyn SourceHarness) {
    let source = harness.source().await;
    let told = login("ada");
    let consumer = async { take(source.as_ref(), 1).await };
    let service = async {
        tokio::task::yield_now().await;
        harness.tell(std::slice::from_ref(&told)).await;
    };
    let (arrived, ()) = tokio::join!(consumer, service);
    assert_eq!(arrived, [told]);
}

pub async fn what_is_done_never_comes_again(harness: &dyn SourceHarness) {
    let events = [login("ada"), login("grace"), login("ada")];
    harness.tell(&events).await;
    let source = harness.source().await;
    take(source.as_ref(), 3).await;
    nothing_but(harness, source.as_ref()).await;
    drop(source);
    nothing_but(harness, harness.source().await.as_ref()).await;
    assert_eq!(harness.kept_aside().await, 0);
}

pub async fn what_is_not_settled_comes_again(harness: &dyn SourceHarness) {
    let events = [login("ada"), login("ada"), login("ada")];
    harness.tell(&events).await;
    let source = harness.source().await;
    assert_eq!(take(source.as_ref(), 1).await, events[..1]);
    let unsettled = receive(source.as_ref(), 2).await;
    assert_eq!(event_of(&unsettled[0]), &events[1]);
    drop(source);
    let source = harness.source().await;
    assert_eq!(take(source.as_ref(), 2).await, events[1..]);
    nothing_but(harness, source.as_ref()).await;
}

pub async fn what_is_to_be_retried_comes_again_in_order(harness: &dyn SourceHarness) {
    let events: Vec<Event> = (0..4).map(|_| login("ada")).collect();
    harness.tell(&events).await;
    let source = harness.source().await;
    // As a consumer does whose store is away: the first that fails, and all after it.
    for _ in 0..3 {
        let deliveries = hold(source.as_ref(), 4).await;
        let ids: Vec<EventId> = deliveries.iter().map(|delivery| event_of(delivery).id).collect();
        assert_eq!(ids, events.iter().map(|event| event.id).collect::<Vec<_>>());
        for delivery in &deliveries {
            settle(source.as_ref(), delivery, Settlement::Retry).await;
        }
    }
    assert_eq!(take(source.as_ref(), 4).await, events);
    nothing_but(harness, source.as_ref()).await;
    assert_eq!(harness.kept_aside().await, 0, "an outage is no fault of the message");
}

pub async fn what_was_done_before_an_earlier_one_is_retried_comes_after_it_again(
    harness: &dyn SourceHarness,
) {
    let events = [login("ada"), login("grace"), login("ada")];
    harness.tell(&events).await;
    let source = harness.source().await;
    let deliveries = hold(source.as_ref(), 3).await;
    let of =
        |event: &Event| deliveries.iter().find(|delivery| event_of(delivery).id == event.id).expect("it");
    settle(source.as_ref(), of(&events[2]), Settlement::Done).await;
    settle(source.as_ref(), of(&events[1]), Settlement::Done).await;
    settle(source.as_ref(), of(&events[0]), Settlement::Retry).await;
    // What is done of another subject is done.
    assert_eq!(take(source.as_ref(), 2).await, [events[0].clone(), events[2].clone()]);
    nothing_but(harness, source.as_ref()).await;
}

pub async fn what_is_done_after_an_earlier_one_is_retried_comes_after_it_again(harness: &dyn SourceHarness) {
    let events = [login("ada"), login("ada"), login("ada")];
    harness.tell(&events).await;
    let source = harness.source().await;
    let deliveries = hold(source.as_ref(), 3).await;
    settle(source.as_ref(), &deliveries[0], Settlement::Retry).await;
    settle(source.as_ref(), &deliveries[1], Settlement::Done).await;
    settle(source.as_ref(), &deliveries[2], Settlement::Poison { why: "a test".to_owned() }).await;
    assert_eq!(take(source.as_ref(), 3).await, events);
    nothing_but(harness, source.as_ref()).await;
    assert_eq!(harness.kept_aside().await, 0, "it was taken back, and then applied");
}

pub async fn a_delivery_is_settled_once(harness: &dyn SourceHarness) {
    harness.tell(&[login("ada"), login("ada")]).await;
    let source = harness.source().await;
    let deliveries = hold(source.as_ref(), 2).await;
    for delivery in &deliveries {
        settle(source.as_ref(), delivery, Settlement::Done).await;
        settle(source.as_ref(), delivery, Settlement::Retry).await;
        settle(source.as_ref(), delivery, Settlement::Poison { why: "a test".to_owned() }).await;
    }
    nothing_but(harness, source.as_ref()).await;
    assert_eq!(harness.kept_aside().await, 0);
}

pub async fn a_tag_of_nothing_settles_nothing(harness: &dyn SourceHarness) {
    let source = harness.source().await;
    for settlement in [Settlement::Done, Settlement::Retry, Settlement::Poison { why: "a test".to_owned() }] {
        source.settle(&DeliveryTag(u64::MAX), settlement).await.expect("settling nothing");
    }
    assert_eq!(harness.kept_aside().await, 0);
    nothing_but(harness, source.as_ref()).await;
}

pub async fn what_is_poison_is_kept_aside(harness: &dyn SourceHarness) {
    let events = [login("ada"), login("ada"), login("ada")];
    harness.tell(&events).await;
    let source = harness.source().await;
    assert_eq!(take(source.as_ref(), 1).await, events[..1]);
    let poison = receive(source.as_ref(), 1).await.remove(0);
    settle(source.as_ref(), &poison, Settlement::Poison { why: "a test \u{1f480}".to_owned() }).await;
    assert_eq!(harness.kept_aside().await, 1);
    assert_eq!(take(source.as_ref(), 1).await, events[2..], "it holds up nobody");
    drop(source);
    nothing_but(harness, harness.source().await.as_ref()).await;
    assert_eq!(harness.kept_aside().await, 1);
}

pub async fn a_consumer_that_gives_up_waiting_loses_nothing(harness: &dyn SourceHarness) {
    let source = harness.source().await;
    let mut arrived: HashSet<EventId> = HashSet::new();
    let mut told: HashSet<EventId> = HashSet::new();
    for round in 0..60 {
        let event = login("ada");
        let mut given_up = pin!(source.receive(10));
        // Asked so many times, while something arrives, and then forgotten.
        for step in 0..=round % 4 {
            if step == 1 {
                harness.tell(std::slice::from_ref(&event)).await;
                told.insert(event.id);
            }
            let asked = std::future::poll_fn(|context| Poll::Ready(given_up.as_mut().poll(context))).await;
            if let Poll::Ready(deliveries) = asked {
                for delivery in deliveries.expect("deliveries") {
                    arrived.insert(event_of(&delivery).id);
                    settle(source.as_ref(), &delivery, Settlement::Done).await;
                }
                break;
            }
            tokio::task::yield_now().await;
        }
        if told.insert(event.id) {
            harness.tell(std::slice::from_ref(&event)).await;
        }
    }
    let last = login("ada");
    harness.tell(std::slice::from_ref(&last)).await;
    while !arrived.contains(&last.id) {
        arrived.extend(take(source.as_ref(), 1).await.iter().map(|event| event.id));
    }
    assert!(told.is_subset(&arrived), "{} of {} arrived", arrived.len(), told.len() + 1);
}

pub async fn what_nobody_knows_is_delivered_by_its_name(harness: &dyn OpenSourceHarness) {
    harness.tell_foreign("CartEmptied").await;
    let source = harness.source().await;
    let delivery = receive(source.as_ref(), 1).await.remove(0);
    assert_eq!(delivery.content, Content::Foreign { name: "CartEmptied".to_owned() });
    settle(source.as_ref(), &delivery, Settlement::Done).await;
    assert_eq!(harness.kept_aside().await, 0);
}

pub async fn what_is_no_event_is_delivered_as_such(harness: &dyn OpenSourceHarness) {
    harness.tell_nonsense().await;
    let source = harness.source().await;
    let delivery = receive(source.as_ref(), 1).await.remove(0);
    let Content::Malformed { why } = &delivery.content else { panic!("{:?}", delivery.content) };
    settle(source.as_ref(), &delivery, Settlement::Poison { why: why.clone() }).await;
    assert_eq!(harness.kept_aside().await, 1);
    let after = login("ada");
    assert_eq!(after.kind.area(), Area::Auth);
    harness.tell(std::slice::from_ref(&after)).await;
    assert_eq!(take(source.as_ref(), 1).await, [after]);
}
