//! Of several simultaneous changes with the same expectation exactly one is stored.

use super::{SessionsHarness, ada, cause, created, data, loaded, must_open, same, save, saved, session};
use crate::{
    outbox::drained,
    run::at_once,
    sample::{moment, user_id},
};
use hexad_domain::{Area, Event, EventId, Session, SessionChange, UserId};
use hexad_ports::{Expected, SaveSession};
use serde_json::json;

/// What was tried, what it would have told, and what the store answered.
type Attempt = (Session, Event, SaveSession);

/// Sixteen changes at once, each with data of its own.
async fn sixteen(
    harness: &dyn SessionsHarness,
    expected: &Expected,
    cause: Option<EventId>,
    change: impl Fn(Session) -> SessionChange,
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for number in 0..16 {
        let store = harness.store().await;
        let mut session = session(store.as_ref(), &ada());
        session.data = data(json!({ "n": number }));
        let (change, event, expected) = (change(session.clone()), created(&session), expected.clone());
        attempts.push(async move {
            let answer = store.save(&ada(), expected, &change, cause, std::slice::from_ref(&event)).await;
            (session, event, answer.expect("an answer"))
        });
    }
    at_once(attempts).await
}

/// Exactly one was stored, with its event.
async fn one_is_saved(harness: &dyn SessionsHarness, attempts: Vec<Attempt>, refusals: &[SaveSession]) {
    let (saved, refused): (Vec<_>, Vec<_>) =
        attempts.into_iter().partition(|(_, _, answer)| matches!(answer, SaveSession::Saved(_)));
    let [(session, event, SaveSession::Saved(revision))] = saved.as_slice() else {
        panic!("{} were saved", saved.len())
    };
    for (_, _, answer) in refused {
        assert!(refusals.contains(&answer), "{answer:?}");
    }
    let (record, stored_at) = loaded(harness.store().await.as_ref(), &ada()).await;
    assert_eq!(record.session.map(|session| session.data), Some(session.data.clone()));
    assert_eq!(stored_at, *revision);
    let told = drained(harness.outbox().await.as_ref(), Area::Session).await;
    assert_eq!(told, std::slice::from_ref(event));
}

pub async fn of_sixteen_first_sessions_one_is_saved(harness: &dyn SessionsHarness) {
    let attempts = sixteen(harness, &Expected::Absent, None, SessionChange::Open).await;
    one_is_saved(harness, attempts, &[SaveSession::Stale]).await;
}

pub async fn of_sixteen_changes_of_a_revision_one_is_saved(harness: &dyn SessionsHarness) {
    let (opened, revision) = must_open(harness.store().await.as_ref(), &ada()).await;
    let update = |session: Session| SessionChange::Update(Session { id: opened.id.clone(), ..session });
    let attempts = sixteen(harness, &Expected::At(revision), None, update).await;
    one_is_saved(harness, attempts, &[SaveSession::Stale]).await;
}

pub async fn of_sixteen_deliveries_of_a_cause_one_is_applied(harness: &dyn SessionsHarness) {
    let attempts = sixteen(harness, &Expected::Absent, Some(cause()), SessionChange::Open).await;
    one_is_saved(harness, attempts, &[SaveSession::AlreadyApplied, SaveSession::Stale]).await;
}

pub async fn sixteen_users_open_sessions_at_once(harness: &dyn SessionsHarness) {
    let mut opens = Vec::new();
    for _ in 0..16 {
        let (store, user): (_, UserId) = (harness.store().await, user_id());
        opens.push(async move { must_open(store.as_ref(), &user).await });
    }
    for (session, revision) in at_once(opens).await {
        let (record, stored_at) = loaded(harness.store().await.as_ref(), &session.user_id).await;
        same(&record, Some(&session), None);
        assert_eq!(stored_at, revision);
    }
}

pub async fn a_load_sees_the_whole_of_a_change(harness: &dyn SessionsHarness) {
    let (session, revision) = must_open(harness.store().await.as_ref(), &ada()).await;
    let store = harness.store().await;
    let whole = |session: &Session, n: i64| Session {
        data: data(json!({ "n": n, "padding": "x".repeat(20_000) })),
        updated_at: Some(moment(n)),
        ..session.clone()
    };
    let first = whole(&session, 0);
    let change = SessionChange::Update(first);
    let mut at = saved(save(store.as_ref(), &ada(), Expected::At(revision), &change, None).await);
    let writer = tokio::spawn(async move {
        for n in 1..60 {
            let change = SessionChange::Update(whole(&session, n));
            at = saved(save(store.as_ref(), &ada(), Expected::At(at), &change, None).await);
        }
    });
    let reader = harness.store().await;
    let mut last = 0;
    while !writer.is_finished() {
        let (record, _) = loaded(reader.as_ref(), &ada()).await;
        let session = record.session.expect("a session");
        let n = session.data.as_object()["n"].as_i64().expect("a number");
        assert_eq!(session.updated_at.map(|at| at.unix_millis()), Some(moment(n).unix_millis()));
        assert!(n >= last, "{n} after {last}");
        last = n;
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer");
}
