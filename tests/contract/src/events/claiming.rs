//! A claim is one relay's alone until its lease ends.

use super::{EventsHarness, LEASE, append, claim, events_of, ids, settle};
use crate::sample::{event, every_kind, login};
use hexad_domain::{Area, Event};
use hexad_ports::Claim;
use std::time::Duration;

pub async fn an_area_is_claimed_by_itself(harness: &dyn EventsHarness) {
    let events: Vec<Event> = every_kind("x").into_iter().map(|kind| event("ada", kind)).collect();
    append(harness, &events).await;
    let outbox = harness.outbox().await;
    for area in Area::ALL {
        // The claims of the areas before it are still held.
        let claim = outbox.claim(area, 100, LEASE).await.expect("a claim");
        let own: Vec<Event> = events.iter().filter(|event| event.kind.area() == area).cloned().collect();
        assert_eq!(events_of(&claim), own);
    }
}

pub async fn a_claim_holds_no_more_than_its_limit(harness: &dyn EventsHarness) {
    let events: Vec<Event> = (0..10).map(|_| login("ada")).collect();
    append(harness, &events).await;
    let outbox = harness.outbox().await;
    let mut stored = Vec::new();
    for _ in 0..10 {
        let claim = claim(outbox.as_ref(), 3).await;
        assert!(claim.events.len() <= 3, "{} events", claim.events.len());
        let claimed = events_of(&claim);
        settle(outbox.as_ref(), &claim, &ids(&claimed)).await;
        stored.extend(claimed);
    }
    assert_eq!(stored, events);
}

pub async fn what_is_settled_as_sent_never_comes_again(harness: &dyn EventsHarness) {
    append(harness, &[login("ada"), login("grace")]).await;
    let outbox = harness.outbox().await;
    let first = claim(outbox.as_ref(), 10).await;
    settle(outbox.as_ref(), &first, &ids(&events_of(&first))).await;
    // Settling twice changes nothing.
    settle(outbox.as_ref(), &first, &ids(&events_of(&first))).await;
    settle(outbox.as_ref(), &first, &[]).await;
    harness.pass(LEASE * 2).await;
    assert_eq!(claim(harness.outbox().await.as_ref(), 10).await.events, []);
}

pub async fn what_is_not_sent_comes_again_at_once_and_in_order(harness: &dyn EventsHarness) {
    let events: Vec<Event> = (0..5).map(|_| login("ada")).collect();
    append(harness, &events).await;
    let outbox = harness.outbox().await;
    let first = claim(outbox.as_ref(), 5).await;
    settle(outbox.as_ref(), &first, &ids(&events[..2])).await;
    let second = claim(harness.outbox().await.as_ref(), 5).await;
    assert_eq!(events_of(&second), events[2..]);
    assert_eq!(second.events[0].sequence, first.events[2].sequence, "an event keeps its number");
}

pub async fn what_is_claimed_is_given_to_no_other_relay(harness: &dyn EventsHarness) {
    append(harness, &[login("ada"), login("grace")]).await;
    let held = claim(harness.outbox().await.as_ref(), 10).await;
    assert_eq!(held.events.len(), 2);
    append(harness, &[login("barbara")]).await;
    harness.pass(LEASE / 2).await;
    let held = ids(&events_of(&held));
    for outbox in [harness.outbox().await, harness.outbox().await] {
        let other = claim(outbox.as_ref(), 10).await;
        assert!(ids(&events_of(&other)).iter().all(|id| !held.contains(id)), "{other:?}");
    }
}

pub async fn a_later_event_waits_for_the_claimed_one(harness: &dyn EventsHarness) {
    let events = [login("ada"), login("ada"), login("ada")];
    append(harness, &events[..2]).await;
    let outbox = harness.outbox().await;
    let held = claim(outbox.as_ref(), 1).await;
    assert_eq!(events_of(&held), events[..1]);
    append(harness, &events[2..]).await;
    let other = claim(harness.outbox().await.as_ref(), 10).await;
    assert_eq!(other.events, [], "the first is still claimed");
    settle(harness.outbox().await.as_ref(), &other, &[]).await;
    settle(outbox.as_ref(), &held, &ids(&events[..1])).await;
    assert_eq!(events_of(&claim(outbox.as_ref(), 10).await), events[1..]);
}

pub async fn a_lease_that_ends_gives_its_events_back(harness: &dyn EventsHarness) {
    let events = [login("ada"), login("grace")];
    append(harness, &events).await;
    let dead = harness.outbox().await;
    assert_eq!(claim(dead.as_ref(), 10).await.events.len(), 2);
    harness.pass(LEASE + Duration::from_secs(1)).await;
    let mut again = events_of(&claim(harness.outbox().await.as_ref(), 10).await);
    again.sort_by_key(|event| event.id);
    assert_eq!(again, events);
}

pub async fn a_claim_whose_lease_has_passed_on_settles_nothing(harness: &dyn EventsHarness) {
    let events = [login("ada"), login("ada")];
    append(harness, &events).await;
    let (slow, quick) = (harness.outbox().await, harness.outbox().await);
    let late = claim(slow.as_ref(), 10).await;
    harness.pass(LEASE + Duration::from_secs(1)).await;
    let present = claim(quick.as_ref(), 10).await;
    assert_eq!(events_of(&present), events);
    assert_ne!(late.fence, present.fence);
    // Neither marks anything as sent nor takes the events from the relay that has them now.
    settle(slow.as_ref(), &late, &ids(&events)).await;
    assert_eq!(claim(slow.as_ref(), 10).await.events, [], "they are the other relay's");
    settle(quick.as_ref(), &present, &ids(&events[..1])).await;
    assert_eq!(events_of(&claim(quick.as_ref(), 10).await), events[1..], "the second was never sent");
}

pub async fn only_events_of_the_claim_are_settled(harness: &dyn EventsHarness) {
    let (first, second) = (login("ada"), login("ada"));
    let elsewhere = event("ada", every_kind("x").remove(7));
    append(harness, &[first.clone(), second.clone(), elsewhere.clone()]).await;
    let outbox = harness.outbox().await;
    let held = claim(outbox.as_ref(), 1).await;
    settle(outbox.as_ref(), &held, &[first.id, second.id, elsewhere.id]).await;
    let rest: Claim = claim(outbox.as_ref(), 10).await;
    assert_eq!(events_of(&rest), [second]);
    let other = outbox.claim(elsewhere.kind.area(), 10, LEASE).await.expect("a claim");
    assert_eq!(events_of(&other), [elsewhere]);
    assert_eq!(other.events.len(), 1);
    assert_eq!(rest.events.first().map(|outgoing| outgoing.event.kind.area()), Some(Area::Auth));
}
