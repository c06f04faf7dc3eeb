//! An incoming event is applied once, however often it is delivered.

use super::{SessionsHarness, ada, cause, created, loaded, must_end, must_open, same, save, saved, session};
use crate::{outbox::drained, sample::user_id};
use hexad_domain::{Area, SessionChange};
use hexad_ports::{Expected, Revision, SaveSession};

pub async fn a_cause_is_applied_once(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let cause = Some(cause());
    let opened = session(store.as_ref(), &ada());
    let open = SessionChange::Open(opened.clone());
    let answer = store.save(&ada(), Expected::Absent, &open, cause, &[created(&opened)]).await;
    let revision = saved(answer.expect("an answer"));
    let mut other = opened.clone();
    other.connected_at = None;
    let update = SessionChange::Update(other);
    let store = harness.store().await;
    for _ in 0..2 {
        let again =
            store.save(&ada(), Expected::At(revision.clone()), &update, cause, &[created(&opened)]).await;
        assert_eq!(again.expect("an answer"), SaveSession::AlreadyApplied);
    }
    let (record, stored_at) = loaded(store.as_ref(), &ada()).await;
    same(&record, Some(&opened), None);
    assert_eq!(stored_at, revision);
    assert_eq!(drained(harness.outbox().await.as_ref(), Area::Session).await.len(), 1);
}

pub async fn applied_comes_before_stale(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let cause = Some(cause());
    let open = SessionChange::Open(session(store.as_ref(), &ada()));
    saved(save(store.as_ref(), &ada(), Expected::Absent, &open, cause).await);
    for expected in [Expected::Absent, Expected::At(Revision::new("never-given"))] {
        let answer = save(store.as_ref(), &ada(), expected, &open, cause).await;
        assert_eq!(answer, SaveSession::AlreadyApplied);
    }
}

pub async fn a_refused_cause_is_not_remembered(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let cause = Some(cause());
    let (session, revision) = must_open(store.as_ref(), &ada()).await;
    let update = SessionChange::Update(session);
    assert_eq!(save(store.as_ref(), &ada(), Expected::Absent, &update, cause).await, SaveSession::Stale);
    saved(save(store.as_ref(), &ada(), Expected::At(revision), &update, cause).await);
}

pub async fn a_cause_counts_for_its_user(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let cause = Some(cause());
    for user in [ada(), user_id()] {
        let open = SessionChange::Open(session(store.as_ref(), &user));
        saved(save(store.as_ref(), &user, Expected::Absent, &open, cause).await);
    }
}

pub async fn an_applied_cause_survives_the_session(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let cause = Some(cause());
    let open = SessionChange::Open(session(store.as_ref(), &ada()));
    let opened = saved(save(store.as_ref(), &ada(), Expected::Absent, &open, cause).await);
    let ended = must_end(store.as_ref(), &ada(), Expected::At(opened), 10).await;
    assert_eq!(
        save(store.as_ref(), &ada(), Expected::At(ended), &open, cause).await,
        SaveSession::AlreadyApplied
    );
    let (new, revision) = must_open(store.as_ref(), &ada()).await;
    let update = SessionChange::Update(new.clone());
    let answer = save(store.as_ref(), &ada(), Expected::At(revision), &update, cause).await;
    assert_eq!(answer, SaveSession::AlreadyApplied);
    same(&loaded(store.as_ref(), &ada()).await.0, Some(&new), Some(10));
}
