//! Events that wait in the heads.

use crate::support::{Place, ada, created, loaded, open, save, saved};
use hexad_mongo::MongoOptions;
use hexad_ports::{
    Expected, Outbox, SaveSession, SessionStore,
    domain::{Area, SessionChange, UserId},
};
use mongodb::bson::{DateTime, Document, doc};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn sending_an_event_does_not_move_the_revision() {
    let place = Place::new();
    let store = place.store().await;
    let (session, opened) = open(&store, &place.clock, &ada()).await;
    let claim = store.claim(Area::Session, 10, LEASE).await.unwrap();
    assert_eq!(claim.events.len(), 1);
    store.settle(Area::Session, &claim, &[claim.events[0].event.id]).await.unwrap();
    assert_eq!(loaded(&store, &ada()).await.1, opened);
    saved(save(&store, &ada(), Some(opened), &SessionChange::Update(session), &[]).await);
}

#[tokio::test]
async fn no_more_events_wait_than_a_document_can_hold() {
    let place = Place::new();
    let store = place.store_with(MongoOptions { waiting_events: 3, ..MongoOptions::default() }).await;
    let (session, mut revision) = open(&store, &place.clock, &ada()).await;
    let change = SessionChange::Update(session.clone());
    let told = || created(&place.clock, &session.id, &ada());
    for _ in 0..2 {
        revision = saved(save(&store, &ada(), Some(revision), &change, &[told()]).await);
    }
    let refused =
        store.save(&ada(), Expected::At(revision.clone()), &change, None, &[told()]).await.unwrap_err();
    assert!(hexad_ports::error_chain(&refused).contains("3 events of the user wait"), "{refused:?}");
    // A change that tells nothing goes on, and so does any once an event was sent.
    revision = saved(save(&store, &ada(), Some(revision), &change, &[]).await);
    let claim = store.claim(Area::Session, 1, LEASE).await.unwrap();
    store.settle(Area::Session, &claim, &[claim.events[0].event.id]).await.unwrap();
    saved(save(&store, &ada(), Some(revision), &change, &[told()]).await);
}

#[tokio::test]
async fn numbers_rise_over_a_user_who_was_forgotten() {
    let place = Place::new();
    let store = place.store().await;
    let mut last = 0;
    for _ in 0..3 {
        let (_, opened) = open(&store, &place.clock, &ada()).await;
        let claim = store.claim(Area::Session, 10, LEASE).await.unwrap();
        assert!(claim.events[0].sequence > last);
        last = claim.events[0].sequence;
        store.settle(Area::Session, &claim, &[claim.events[0].event.id]).await.unwrap();
        let end = SessionChange::End { revoked_through: hexad_ports::Clock::now(place.clock.as_ref()) };
        saved(save(&store, &ada(), Some(opened), &end, &[]).await);
        place.clock.pass(Duration::from_secs(40 * 24 * 60 * 60));
        assert_eq!(store.prune().await.unwrap().users, 1);
        assert_eq!(store.load(&ada()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_event_that_nobody_can_read_is_kept_aside_and_holds_nothing_up() {
    let place = Place::new();
    let store = place.store().await;
    let (session, opened) = open(&store, &place.clock, &ada()).await;
    let foreign =
        doc! { "$set": { "events.0.body": r#"{"event":"FromTheFuture","data":{},"timestamp":"x"}"# } };
    place.heads().await.update_one(doc! {}, foreign).await.unwrap();
    let told = created(&place.clock, &session.id, &ada());
    saved(
        save(&store, &ada(), Some(opened), &SessionChange::Update(session), std::slice::from_ref(&told))
            .await,
    );
    let claim = store.claim(Area::Session, 10, LEASE).await.unwrap();
    assert_eq!(claim.events.iter().map(|one| &one.event).collect::<Vec<_>>(), [&told]);
    store.settle(Area::Session, &claim, &[told.id]).await.unwrap();
    let service = place.behind().await.collection::<Document>("session_service");
    let kept = service.find_one(doc! { "why": { "$exists": true } }).await.unwrap().unwrap();
    assert!(kept.get_document("event").unwrap().get_str("body").unwrap().contains("FromTheFuture"));
    let head = place.heads().await.find_one(doc! {}).await.unwrap().unwrap();
    assert!(head.get_array("events").unwrap().is_empty());
    assert_eq!((head.get("waiting"), head.get("since")), (None, None), "nothing is in the index");
}

#[tokio::test]
async fn a_head_that_nobody_can_read_holds_nothing_up() {
    let (place, grace) = (Place::new(), UserId::from_stored("grace"));
    let store = place.store().await;
    let (_, opened) = open(&store, &place.clock, &ada()).await;
    open(&store, &place.clock, &grace).await;
    let long_ago = DateTime::from_millis(0);
    let foreign = doc! { "$set": { "redo": { "at": long_ago, "fromTheFuture": true } } };
    let heads = place.heads().await;
    heads.update_one(doc! { "_id": ada().as_str() }, foreign).await.unwrap();
    assert_eq!(store.prune().await.unwrap().finished, 0);
    let claim = store.claim(Area::Session, 10, LEASE).await.unwrap();
    let sent: Vec<_> = claim.events.iter().map(|one| one.event.id).collect();
    assert_eq!(sent.len(), 1, "Grace's, of the same part");
    store.settle(Area::Session, &claim, &sent).await.unwrap();
    assert!(store.load(&ada()).await.is_err());
    loaded(&store, &grace).await;
    let service = place.behind().await.collection::<Document>("session_service");
    let kept = service.find_one(doc! { "why": { "$exists": true } }).await.unwrap().unwrap();
    assert_eq!(kept.get_document("_id").unwrap().get_str("user").unwrap(), ada().as_str());
    assert_eq!(heads.count_documents(doc! { "waiting": { "$exists": true } }).await.unwrap(), 0);
    // Once somebody has mended it, the next change brings its events back.
    heads.update_one(doc! { "_id": ada().as_str() }, doc! { "$unset": { "redo": "" } }).await.unwrap();
    let session = loaded(&store, &ada()).await.0.session.unwrap();
    let told = created(&place.clock, &session.id, &ada());
    saved(save(&store, &ada(), Some(opened), &SessionChange::Update(session), &[told]).await);
    assert_eq!(store.claim(Area::Session, 10, LEASE).await.unwrap().events.len(), 2);
}

/// Two changes at the very moment in which a third's event is settled: nothing of either is lost.
#[tokio::test(flavor = "multi_thread")]
async fn settling_and_saving_at_once_lose_nothing() {
    let place = Place::new();
    let (store, relay) = (place.store().await, place.store().await);
    let (session, mut revision) = open(&store, &place.clock, &ada()).await;
    let relayed = tokio::spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < 21 {
            let claim = relay.claim(Area::Session, 2, LEASE).await.unwrap();
            let ids: Vec<_> = claim.events.iter().map(|one| one.event.id).collect();
            relay.settle(Area::Session, &claim, &ids).await.unwrap();
            seen.extend(ids);
        }
        seen
    });
    let mut told = Vec::new();
    for _ in 0..20 {
        let event = created(&place.clock, &session.id, &ada());
        told.push(event.id);
        let change = SessionChange::Update(session.clone());
        revision = saved(save(&store, &ada(), Some(revision), &change, &[event]).await);
    }
    assert_eq!(relayed.await.unwrap()[1..], told);
}

#[tokio::test]
async fn a_change_of_another_process_wakes_a_relay() {
    let place = Place::new();
    let (relay, other) = (place.store().await, place.store().await);
    let waiting = tokio::spawn({
        let relay = relay.clone();
        async move {
            loop {
                relay.wait(Area::Session).await;
                let claim = relay.claim(Area::Session, 10, LEASE).await.unwrap();
                if !claim.events.is_empty() {
                    return claim;
                }
            }
        }
    });
    open(&other, &place.clock, &UserId::from_stored("grace")).await;
    let claim = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("in time").unwrap();
    assert_eq!(claim.events.len(), 1);
    let answer = other.load(&UserId::from_stored("grace")).await.unwrap();
    assert!(answer.is_some());
    assert_ne!(
        save(
            &other,
            &ada(),
            None,
            &SessionChange::End { revoked_through: hexad_ports::Clock::now(place.clock.as_ref()) },
            &[]
        )
        .await,
        SaveSession::Stale
    );
}

/// By its own clock a machine would take over what others are at, or wait for what nobody is at any more.
#[tokio::test]
async fn leases_end_by_one_clock_whatever_those_of_the_machines_say() {
    let place = Place::new();
    let (store, ahead) = (place.store().await, place.store_ahead(LEASE * 60).await);
    open(&store, &place.clock, &ada()).await;
    for (first, second) in [(&store, &ahead), (&ahead, &store)] {
        assert_eq!(first.claim(Area::Session, 10, LEASE).await.unwrap().events.len(), 1);
        assert_eq!(second.claim(Area::Session, 10, LEASE).await.unwrap().events, []);
        place.pass_for_leases(LEASE / 2).await;
        assert_eq!(second.claim(Area::Session, 10, LEASE).await.unwrap().events, []);
        place.pass_for_leases(LEASE / 2).await;
        let claim = second.claim(Area::Session, 10, LEASE).await.unwrap();
        assert_eq!(claim.events.len(), 1, "its relay is gone");
        second.settle(Area::Session, &claim, &[]).await.unwrap();
    }
}
