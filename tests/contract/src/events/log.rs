//! What is appended is stored, in order.

use super::{EventsHarness, append};
use crate::{
    outbox::{drain, drained},
    run::at_once,
    sample::{ODD_TEXTS, event, every_kind, login},
};
use hexad_domain::{Area, Event};
use std::collections::BTreeMap;

pub async fn every_event_comes_back_as_it_was(harness: &dyn EventsHarness) {
    let mut events: Vec<Event> = Vec::new();
    for text in ODD_TEXTS.into_iter().chain(["", &"long ".repeat(5_000)]) {
        events.extend(every_kind(text).into_iter().map(|kind| event("ada", kind)));
        events.push(login(text));
    }
    append(harness, &events).await;
    let outbox = harness.outbox().await;
    for area in Area::ALL {
        let mut appended: Vec<Event> =
            events.iter().filter(|event| event.kind.area() == area).cloned().collect();
        let mut stored = drained(outbox.as_ref(), area).await;
        // Only the order of one subject is promised.
        appended.sort_by_key(|event| event.id);
        stored.sort_by_key(|event| event.id);
        assert_eq!(stored.len(), appended.len());
        for (stored, appended) in stored.iter().zip(&appended) {
            assert_eq!(stored, appended, "to the microsecond and the last character");
        }
    }
}

pub async fn nothing_to_append_is_nothing_to_claim(harness: &dyn EventsHarness) {
    append(harness, &[]).await;
    let outbox = harness.outbox().await;
    for area in Area::ALL {
        assert_eq!(drain(outbox.as_ref(), area).await, []);
    }
}

pub async fn the_order_of_a_subject_is_that_of_the_commits(harness: &dyn EventsHarness) {
    let subjects = ["ada", "grace", "", "日本"];
    let mut appended: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for number in 0..40 {
        // Batches of one to three, the ids of some older than those stored before.
        let mut batch: Vec<Event> = (0..=number % 3).map(|n| login(subjects[(number + n) % 4])).collect();
        batch.reverse();
        append(harness, &batch).await;
        for event in batch {
            appended.entry(event.subject.clone()).or_default().push(event);
        }
    }
    let mut stored: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for outgoing in drain(harness.outbox().await.as_ref(), Area::Auth).await {
        let subject = outgoing.event.subject.clone();
        let before = last.insert(subject.clone(), outgoing.sequence);
        assert!(
            before.is_none_or(|before| before < outgoing.sequence),
            "{subject}: {before:?} before {outgoing:?}"
        );
        stored.entry(subject).or_default().push(outgoing.event);
    }
    assert_eq!(stored, appended);
}

pub async fn appends_at_once_are_all_stored(harness: &dyn EventsHarness) {
    let mut appends = Vec::new();
    let mut appended = Vec::new();
    for number in 0..16 {
        let events: Vec<Event> = (0..5).map(|_| login(&format!("user-{number}"))).collect();
        appended.push(events.clone());
        let log = harness.log().await;
        appends.push(async move {
            for event in events {
                log.append(&[event]).await.expect("an append");
            }
        });
    }
    at_once(appends).await;
    let stored = drained(harness.outbox().await.as_ref(), Area::Auth).await;
    for events in appended {
        let subject = events[0].subject.as_str();
        let stored: Vec<Event> = stored.iter().filter(|event| event.subject == subject).cloned().collect();
        assert_eq!(stored, events);
    }
}
