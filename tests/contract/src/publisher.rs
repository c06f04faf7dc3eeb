//! What every [`Publisher`] promises.

use crate::{
    run::soon,
    sample::{ODD_TEXTS, event, every_kind, login},
};
use async_trait::async_trait;
use hexad_domain::Event;
use hexad_ports::{Outgoing, Publication, Publisher};
use std::sync::Arc;

/// A broker with a queue that takes every event.
#[async_trait]
pub trait PublisherHarness: Send + Sync {
    /// The publisher.
    async fn publisher(&self) -> Arc<dyn Publisher>;

    /// The events that the queue took, in its order, those of earlier calls included.
    async fn taken(&self) -> Vec<Event>;

    /// Takes the broker away.
    async fn cut(&self);

    /// Brings it back.
    async fn restore(&self);
}

/// The tests of a publisher: `hexad_contract::publisher!(make)`, where `make` is an async function that gives a
/// [`PublisherHarness`].
#[macro_export]
macro_rules! publisher {
    ($make:expr) => {
        $crate::suite!(
            publisher,
            publisher,
            $make,
            [
                what_is_confirmed_was_taken_in_order,
                nothing_to_publish_is_nothing_to_answer,
                nothing_is_confirmed_while_the_broker_is_away,
            ]
        );
    };
}

fn outgoing(events: &[Event]) -> Vec<Outgoing> {
    events.iter().zip(1..).map(|(event, sequence)| Outgoing { event: event.clone(), sequence }).collect()
}

fn confirmed(answers: &[Publication]) -> Vec<bool> {
    answers.iter().map(|answer| matches!(answer, Publication::Confirmed)).collect()
}

pub async fn what_is_confirmed_was_taken_in_order(harness: &dyn PublisherHarness) {
    let publisher = harness.publisher().await;
    let mut events = Vec::new();
    for text in ODD_TEXTS {
        events.extend(every_kind(text).into_iter().map(|kind| event("ada", kind)));
    }
    for batch in events.chunks(50) {
        let answers = soon("publishing", publisher.publish(&outgoing(batch))).await;
        assert_eq!(confirmed(&answers), vec![true; batch.len()]);
    }
    // On the wire a message has no subject of its own.
    let on_the_wire = |events: Vec<Event>| -> Vec<_> {
        events.into_iter().map(|event| (event.id, event.at, event.kind)).collect()
    };
    assert_eq!(on_the_wire(harness.taken().await), on_the_wire(events));
}

pub async fn nothing_to_publish_is_nothing_to_answer(harness: &dyn PublisherHarness) {
    assert!(soon("publishing", harness.publisher().await.publish(&[])).await.is_empty());
    assert_eq!(harness.taken().await, []);
}

pub async fn nothing_is_confirmed_while_the_broker_is_away(harness: &dyn PublisherHarness) {
    let publisher = harness.publisher().await;
    let events = [login("ada"), login("grace"), login("ada")];
    harness.cut().await;
    let answers = soon("publishing", publisher.publish(&outgoing(&events))).await;
    assert_eq!(confirmed(&answers), [false; 3], "one answer for each");
    harness.restore().await;
    soon("recovery", async {
        while confirmed(&publisher.publish(&outgoing(&events)).await) != [true; 3] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let taken = harness.taken().await;
    assert!(events.iter().all(|event| taken.contains(event)), "{taken:?}");
}
