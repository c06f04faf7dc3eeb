//! A process that is killed between the change and what it does to the session documents, and one that stands still
//! there and goes on later. These tests need the inside: the change alone, without what follows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/store/support.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod support;

use crate::{MongoStore, redo::Redo};
use hexad_ports::{
    Outbox, Revision, SessionStore,
    domain::{Area, Event, Session, SessionChange, Timestamp, UserId},
};
use mongodb::bson::doc;
use serde_json::json;
use std::time::Duration;
use support::{Place, ada, created, data, loaded, new_session, open, save, saved};

const LEASE: Duration = Duration::from_secs(60);

/// Decides on the change, and goes no further.
async fn killed_after(
    store: &MongoStore,
    change: &SessionChange,
    events: &[Event],
) -> (String, Option<Redo>) {
    let view = store.view(&ada(), None).await.unwrap();
    let commit = store.plan(&ada(), &view, change, None, events);
    assert!(store.commit(&ada(), &view, &commit).await.unwrap());
    (commit.revision, commit.redo)
}

/// What there is to decide on, each upon the one before, and the session that it leaves.
fn changes(store: &MongoStore, place: &Place) -> Vec<(SessionChange, Option<Session>)> {
    let opened = new_session(store, &place.clock, &ada());
    let updated = Session { data: data(json!({"text": "ho", "a.b": 1})), ..opened.clone() };
    let through = SessionChange::End { revoked_through: Timestamp::UNIX_EPOCH };
    vec![
        (SessionChange::Open(opened.clone()), Some(opened)),
        (SessionChange::Update(updated.clone()), Some(updated)),
        (through, None),
    ]
}

async fn documents(place: &Place) -> u64 {
    place.sessions().await.count_documents(doc! {}).await.unwrap()
}

#[tokio::test]
async fn whoever_loads_finishes_what_a_killed_process_began() {
    let place = Place::new();
    let (killed, other) = (place.store().await, place.store().await);
    for (change, left) in changes(&killed, &place) {
        killed_after(&killed, &change, &[]).await;
        let (record, revision) = loaded(&other, &ada()).await;
        assert_eq!(record.session, left);
        assert_eq!(documents(&place).await, u64::from(left.is_some()));
        assert_eq!(loaded(&killed, &ada()).await.1, revision);
    }
}

#[tokio::test]
async fn a_relay_and_a_prune_finish_it_too() {
    let place = Place::new();
    let (killed, other) = (place.store().await, place.store().await);
    for (number, (change, left)) in changes(&killed, &place).into_iter().enumerate() {
        let told = created(&place.clock, &killed.new_id(), &ada());
        killed_after(&killed, &change, std::slice::from_ref(&told)).await;
        if number % 2 == 0 {
            let claim = other.claim(Area::Session, 10, LEASE).await.unwrap();
            assert_eq!(claim.events[0].event, told);
            other.settle(Area::Session, &claim, &[told.id]).await.unwrap();
        } else {
            assert_eq!(other.prune().await.unwrap().finished, 0, "its process may still be at it");
            place.clock.pass(Duration::from_secs(60));
            assert_eq!(other.prune().await.unwrap().finished, 1);
            let claim = other.claim(Area::Session, 10, LEASE).await.unwrap();
            other.settle(Area::Session, &claim, &[told.id]).await.unwrap();
        }
        assert_eq!(documents(&place).await, u64::from(left.is_some()));
    }
}

/// Nobody else waits for a user whose session document cannot be written.
#[tokio::test]
async fn what_the_collection_refuses_holds_up_neither_a_relay_nor_a_prune() {
    let place = Place::new();
    let (killed, other) = (place.store().await, place.store().await);
    let (session, opened) = open(&killed, &place.clock, &ada()).await;
    let nothing_new = doc! { "$or": [{ "userId": { "$ne": ada().as_str() } }, { "data.text": "hi" }] };
    let refusing = doc! { "collMod": "sessions", "validator": nothing_new };
    place.behind().await.run_command(refusing).await.unwrap();
    for by_relay in [true, false] {
        let refused = Session { data: data(json!({"text": "ho"})), ..session.clone() };
        let told = created(&place.clock, &session.id, &ada());
        killed_after(&killed, &SessionChange::Update(refused), &[told]).await;
        // Of the same subject, so in the same part.
        let grace = UserId::from_stored(format!("grace {by_relay}"));
        open(&killed, &place.clock, &grace).await;
        place.clock.pass(Duration::from_secs(60));
        if !by_relay {
            assert_eq!(other.prune().await.unwrap().finished, 1);
        }
        let claim = other.claim(Area::Session, 10, LEASE).await.unwrap();
        let sent: Vec<_> = claim.events.iter().map(|outgoing| outgoing.event.id).collect();
        assert_eq!(sent.len(), if by_relay { 2 } else { 1 }, "those of the openings alone");
        other.settle(Area::Session, &claim, &sent).await.unwrap();
        assert_eq!(loaded(&other, &ada()).await.0.session.as_ref(), Some(&session));
    }
    assert_ne!(loaded(&other, &ada()).await.1, opened);
    assert_eq!(other.claim(Area::Session, 10, LEASE).await.unwrap().events, []);
}

#[tokio::test]
async fn a_process_that_stood_still_undoes_nothing() {
    let place = Place::new();
    let (slow, quick) = (place.store().await, place.store().await);
    let mut stalled = Vec::new();
    for (change, _) in changes(&slow, &place) {
        stalled.push(killed_after(&slow, &change, &[]).await);
        loaded(&quick, &ada()).await;
    }
    let ended = loaded(&quick, &ada()).await;
    for (revision, redo) in &stalled {
        if let Some(redo) = redo {
            slow.carry_out(ada().as_str(), revision, redo).await.unwrap();
        }
        assert_eq!(loaded(&quick, &ada()).await, ended);
    }
    // A new session is not touched by any of it either, and clears away what was left.
    let new = new_session(&quick, &place.clock, &ada());
    let opened = saved(save(&quick, &ada(), Some(ended.1), &SessionChange::Open(new.clone()), &[]).await);
    for (revision, redo) in &stalled {
        if let Some(redo) = redo {
            slow.carry_out(ada().as_str(), revision, redo).await.unwrap();
        }
        let (record, revision) = loaded(&quick, &ada()).await;
        assert_eq!((record.session.as_ref(), &revision), (Some(&new), &opened));
    }
}

#[tokio::test]
async fn an_originals_write_in_between_is_kept() {
    let place = Place::new();
    let store = place.store().await;
    let sessions = place.sessions().await;
    let (session, _) = open(&store, &place.clock, &ada()).await;
    for (theirs, merged) in [
        (doc! { "$set": { "data.theirs": 1 } }, json!({"text": "ours", "theirs": 1})),
        (doc! { "$set": { "data": "no object" } }, json!({"text": "ours again"})),
    ] {
        let ours = Session { data: data(json!({"text": merged["text"]})), ..session.clone() };
        let (revision, redo) = killed_after(&store, &SessionChange::Update(ours), &[]).await;
        sessions.update_one(doc! { "userId": ada().as_str() }, theirs).await.unwrap();
        store.carry_out(ada().as_str(), &revision, &redo.unwrap()).await.unwrap();
        assert_eq!(loaded(&store, &ada()).await.0.session.unwrap().data, data(merged));
    }
    // What they delete is gone, and no late change brings it back.
    let ours = Session { data: data(json!({"text": "late"})), ..session.clone() };
    killed_after(&store, &SessionChange::Update(ours), &[]).await;
    sessions.delete_many(doc! { "userId": ada().as_str() }).await.unwrap();
    assert_eq!(loaded(&store, &ada()).await.0.session, None);
    assert_eq!(documents(&place).await, 0);
}

#[tokio::test]
async fn a_document_restored_from_an_older_copy_can_be_changed() {
    let place = Place::new();
    let store = place.store().await;
    let sessions = place.sessions().await;
    let (session, opened) = open(&store, &place.clock, &ada()).await;
    let copy = sessions.find_one(doc! {}).await.unwrap().unwrap();
    let newer = Session { data: data(json!({"text": "newer"})), ..session.clone() };
    saved(save(&store, &ada(), Some(opened), &SessionChange::Update(newer), &[]).await);
    sessions.replace_one(doc! { "_id": copy.get("_id").cloned() }, &copy).await.unwrap();
    let (record, restored): (_, Revision) = loaded(&store, &ada()).await;
    assert_eq!(record.session.as_ref(), Some(&session));
    let again = Session { data: data(json!({"text": "again"})), ..session };
    saved(save(&store, &ada(), Some(restored), &SessionChange::Update(again.clone()), &[]).await);
    assert_eq!(loaded(&store, &ada()).await.0.session, Some(again));
}
