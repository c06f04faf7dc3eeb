//! An ended session is gone; what it revoked stays revoked.

use super::{SessionsHarness, ada, loaded, must_end, must_open, same, save, saved};
use crate::sample::moment;
use hexad_domain::SessionChange;
use hexad_ports::{Expected, SaveSession};

pub async fn an_ended_session_is_gone_and_its_revocation_stays(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let (_, opened) = must_open(store.as_ref(), &ada()).await;
    let ended = must_end(store.as_ref(), &ada(), Expected::At(opened.clone()), 10).await;
    let (record, stored_at) = loaded(harness.store().await.as_ref(), &ada()).await;
    same(&record, None, Some(10));
    assert_eq!(stored_at, ended);
    assert!(record.revokes(moment(10)) && !record.revokes(moment(11)));
    let again = SessionChange::End { revoked_through: moment(20) };
    assert_eq!(save(store.as_ref(), &ada(), Expected::At(opened), &again, None).await, SaveSession::Stale);
}

pub async fn a_revocation_needs_no_session(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let first = must_end(store.as_ref(), &ada(), Expected::Absent, 10).await;
    same(&loaded(store.as_ref(), &ada()).await.0, None, Some(10));
    let second = must_end(store.as_ref(), &ada(), Expected::At(first), 20).await;
    let (record, stored_at) = loaded(store.as_ref(), &ada()).await;
    same(&record, None, Some(20));
    assert_eq!(stored_at, second);
}

pub async fn a_revocation_survives_new_sessions(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    must_open(store.as_ref(), &ada()).await;
    for millis in [10, 20] {
        let (_, revision) = loaded(store.as_ref(), &ada()).await;
        must_end(store.as_ref(), &ada(), Expected::At(revision), millis).await;
        let (session, opened) = must_open(store.as_ref(), &ada()).await;
        same(&loaded(store.as_ref(), &ada()).await.0, Some(&session), Some(millis));
        let change = SessionChange::Update(session.clone());
        saved(save(store.as_ref(), &ada(), Expected::At(opened), &change, None).await);
        same(&loaded(harness.store().await.as_ref(), &ada()).await.0, Some(&session), Some(millis));
    }
}
