//! Relays that wait, and relays side by side.

use super::{EventsHarness, append, claim, events_of, ids, settle};
use crate::{
    run::{at_once, soon},
    sample::login,
};
use hexad_domain::{Area, Event, EventId};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
};

pub async fn a_relay_waits_until_there_is_something(harness: &dyn EventsHarness) {
    let outbox = harness.outbox().await;
    let appended = login("ada");
    let relay = async {
        // A wait may end for nothing; whoever waits again gets there.
        loop {
            outbox.wait(Area::Auth).await;
            let claim = claim(outbox.as_ref(), 10).await;
            if !claim.events.is_empty() {
                return events_of(&claim);
            }
            tokio::task::yield_now().await;
        }
    };
    let service = async {
        tokio::task::yield_now().await;
        append(harness, std::slice::from_ref(&appended)).await;
    };
    let (relayed, ()) = soon("a relay", async { tokio::join!(relay, service) }).await;
    assert_eq!(relayed, [appended]);
}

pub async fn a_relay_does_not_wait_for_what_is_there(harness: &dyn EventsHarness) {
    append(harness, &[login("ada")]).await;
    let outbox = harness.outbox().await;
    soon("waiting for what is there", outbox.wait(Area::Auth)).await;
    // What a relay could not send is there again.
    let unsent = claim(outbox.as_ref(), 10).await;
    assert_eq!(unsent.events.len(), 1);
    settle(outbox.as_ref(), &unsent, &[]).await;
    soon("waiting for what came back", outbox.wait(Area::Auth)).await;
}

pub async fn relays_side_by_side_share_the_events_in_order(harness: &dyn EventsHarness) {
    let subjects: Vec<String> = (0..7).map(|number| format!("user-{number}")).collect();
    let events: Vec<Event> = (0..70).map(|number| login(&subjects[number % subjects.len()])).collect();
    append(harness, &events[..35]).await;
    let sent: Arc<Mutex<Vec<(String, EventId)>>> = Arc::default();
    let mut relays = Vec::new();
    for _ in 0..4 {
        let outbox = harness.outbox().await;
        let sent = Arc::clone(&sent);
        let all = events.len();
        relays.push(async move {
            while sent.lock().expect("the list").len() < all {
                let claim = claim(outbox.as_ref(), 5).await;
                let claimed = events_of(&claim);
                // "Sends" only the first of its claim: the others must come again, to whomever, in order.
                let first = claimed.into_iter().take(1).collect::<Vec<_>>();
                sent.lock()
                    .expect("the list")
                    .extend(first.iter().map(|event| (event.subject.clone(), event.id)));
                settle(outbox.as_ref(), &claim, &ids(&first)).await;
                tokio::task::yield_now().await;
            }
        });
    }
    let rest = events[35..].to_vec();
    let log = harness.log().await;
    let service = async {
        for event in &rest {
            log.append(std::slice::from_ref(event)).await.expect("an append");
        }
    };
    // 70 claims and settlements, on whatever server: the minute of the test is their bound.
    tokio::join!(at_once(relays), service);
    let sent = sent.lock().expect("the list").clone();
    assert_eq!(
        sent.iter().map(|(_, id)| id).collect::<HashSet<_>>().len(),
        sent.len(),
        "an event was sent twice"
    );
    let of_each = |list: Vec<(String, EventId)>| {
        let mut subjects: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
        for (subject, id) in list {
            subjects.entry(subject).or_default().push(id);
        }
        subjects
    };
    let appended = events.iter().map(|event| (event.subject.clone(), event.id)).collect();
    assert_eq!(of_each(sent), of_each(appended));
}
