//! A change is stored with its events, upon what was expected, or not at all.

use super::{SessionsHarness, ada, created, data, loaded, must_end, must_open, same, save, saved, session};
use crate::{
    outbox::{drain, drained},
    sample::moment,
};
use hexad_domain::{Area, SessionChange};
use hexad_ports::{Expected, Revision, SaveSession};
use serde_json::json;
use std::collections::HashSet;

pub async fn an_update_replaces_the_session(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let (mut session, first) = must_open(store.as_ref(), &ada()).await;
    session.data = data(json!({"other": [1]}));
    session.updated_at = Some(moment(30));
    session.connected_at = Some(moment(20));
    let change = SessionChange::Update(session.clone());
    let second = saved(save(store.as_ref(), &ada(), Expected::At(first.clone()), &change, None).await);
    assert_ne!(first, second);
    let (record, stored_at) = loaded(harness.store().await.as_ref(), &ada()).await;
    same(&record, Some(&session), None);
    assert_eq!(stored_at, second);
}

pub async fn times_that_are_missing_stay_missing(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let (mut session, revision) = must_open(store.as_ref(), &ada()).await;
    (session.created_at, session.updated_at, session.connected_at) = (None, None, None);
    let change = SessionChange::Update(session.clone());
    saved(save(store.as_ref(), &ada(), Expected::At(revision), &change, None).await);
    same(&loaded(store.as_ref(), &ada()).await.0, Some(&session), None);
}

pub async fn a_stale_change_stores_nothing(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let never = Expected::At(Revision::new("never-given"));
    let new = session(store.as_ref(), &ada());
    let open = SessionChange::Open(new.clone());
    let answer = store.save(&ada(), never.clone(), &open, None, &[created(&new)]).await.expect("an answer");
    assert_eq!(answer, SaveSession::Stale, "nothing is there");
    assert_eq!(store.load(&ada()).await.expect("an answer"), None);

    let (first, old) = must_open(store.as_ref(), &ada()).await;
    let mut second = first.clone();
    second.data = data(json!({"n": 2}));
    let update = SessionChange::Update(second.clone());
    let present = saved(save(store.as_ref(), &ada(), Expected::At(old.clone()), &update, None).await);

    let end = SessionChange::End { revoked_through: moment(9) };
    for expected in [Expected::Absent, Expected::At(old), never] {
        for change in [&open, &SessionChange::Update(first.clone()), &end] {
            let answer = store.save(&ada(), expected.clone(), change, None, &[created(&first)]).await;
            assert_eq!(answer.expect("an answer"), SaveSession::Stale, "{expected:?} {change:?}");
        }
    }
    let (record, stored_at) = loaded(store.as_ref(), &ada()).await;
    same(&record, Some(&second), None);
    assert_eq!(stored_at, present);
    assert_eq!(drained(harness.outbox().await.as_ref(), Area::Session).await, []);
}

pub async fn a_revision_never_comes_back(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let mut seen: HashSet<Revision> = HashSet::new();
    for round in 0..5 {
        let (session, opened) = must_open(store.as_ref(), &ada()).await;
        // Stored as it is already: that is a change too, since its events say so.
        let change = SessionChange::Update(session);
        let updated = saved(save(store.as_ref(), &ada(), Expected::At(opened.clone()), &change, None).await);
        let ended = must_end(store.as_ref(), &ada(), Expected::At(updated.clone()), round).await;
        for revision in [opened, updated, ended] {
            assert!(seen.insert(revision.clone()), "{revision:?} again");
        }
    }
}

pub async fn events_are_stored_with_their_change_in_order(harness: &dyn SessionsHarness) {
    let mut expected = Expected::Absent;
    let mut told = Vec::new();
    for number in 0..20 {
        let store = harness.store().await;
        let session = session(store.as_ref(), &ada());
        let change = match number % 2 {
            0 => SessionChange::Open(session.clone()),
            _ => SessionChange::End { revoked_through: moment(number) },
        };
        let events = [created(&session), created(&session)];
        let answer =
            store.save(&ada(), expected, &change, None, &events[..1 + usize::from(number == 7)]).await;
        expected = Expected::At(saved(answer.expect("an answer")));
        told.extend(events.into_iter().take(1 + usize::from(number == 7)));
    }
    let stored = drain(harness.outbox().await.as_ref(), Area::Session).await;
    assert!(stored.is_sorted_by(|one, next| one.sequence < next.sequence), "{stored:?}");
    assert_eq!(stored.into_iter().map(|outgoing| outgoing.event).collect::<Vec<_>>(), told);
}
