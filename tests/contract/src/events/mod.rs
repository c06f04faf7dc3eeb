//! What every [`EventLog`] and its [`Outbox`] promise.

mod claiming;
mod log;
mod relays;

pub use claiming::*;
pub use log::*;
pub use relays::*;

use async_trait::async_trait;
use hexad_domain::{Area, Event, EventId};
use hexad_ports::{Claim, EventLog, Outbox};
use std::{sync::Arc, time::Duration};

/// An empty log.
#[async_trait]
pub trait EventsHarness: Send + Sync {
    /// The log. Each call MAY open another connection to the same events, as another process would.
    async fn log(&self) -> Arc<dyn EventLog>;

    /// The relay's view of the same events. Each call MAY open another connection to them.
    async fn outbox(&self) -> Arc<dyn Outbox>;

    /// Lets so much time pass on the clock that ends leases.
    async fn pass(&self, time: Duration);
}

/// The tests of an event log and its outbox: `hexad_contract::events!(make)`, where `make` is an async function that
/// gives an [`EventsHarness`].
#[macro_export]
macro_rules! events {
    ($make:expr) => {
        $crate::suite!(
            events,
            events,
            $make,
            [
                every_event_comes_back_as_it_was,
                nothing_to_append_is_nothing_to_claim,
                the_order_of_a_subject_is_that_of_the_commits,
                appends_at_once_are_all_stored,
                an_area_is_claimed_by_itself,
                a_claim_holds_no_more_than_its_limit,
                what_is_settled_as_sent_never_comes_again,
                what_is_not_sent_comes_again_at_once_and_in_order,
                what_is_claimed_is_given_to_no_other_relay,
                a_later_event_waits_for_the_claimed_one,
                a_lease_that_ends_gives_its_events_back,
                a_claim_whose_lease_has_passed_on_settles_nothing,
                only_events_of_the_claim_are_settled,
                a_relay_waits_until_there_is_something,
                a_relay_does_not_wait_for_what_is_there,
                relays_side_by_side_share_the_events_in_order,
            ]
        );
    };
}

/// A lease that ends only when the harness lets time pass.
const LEASE: Duration = Duration::from_secs(600);

async fn append(harness: &dyn EventsHarness, events: &[Event]) {
    harness.log().await.append(events).await.expect("an append");
}

async fn claim(outbox: &dyn Outbox, limit: usize) -> Claim {
    outbox.claim(Area::Auth, limit, LEASE).await.expect("a claim")
}

async fn settle(outbox: &dyn Outbox, claim: &Claim, sent: &[EventId]) {
    outbox.settle(Area::Auth, claim, sent).await.expect("settling");
}

fn events_of(claim: &Claim) -> Vec<Event> {
    claim.events.iter().map(|outgoing| outgoing.event.clone()).collect()
}

fn ids(events: &[Event]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}
