//! Reading the events that a store holds for the relay.

use hexad_domain::{Area, Event};
use hexad_ports::{Outbox, Outgoing};
use std::time::Duration;

/// Longer than any test.
pub(crate) const LEASE: Duration = Duration::from_secs(600);

/// Takes all events of the area out, in the order in which a relay sends them.
pub(crate) async fn drain(outbox: &dyn Outbox, area: Area) -> Vec<Outgoing> {
    let mut all = Vec::new();
    loop {
        let claim = outbox.claim(area, 50, LEASE).await.expect("a claim");
        if claim.events.is_empty() {
            return all;
        }
        let ids: Vec<_> = claim.events.iter().map(|outgoing| outgoing.event.id).collect();
        outbox.settle(area, &claim, &ids).await.expect("settling");
        all.extend(claim.events);
    }
}

/// The events of [`drain`] without their numbers.
pub(crate) async fn drained(outbox: &dyn Outbox, area: Area) -> Vec<Event> {
    drain(outbox, area).await.into_iter().map(|outgoing| outgoing.event).collect()
}
