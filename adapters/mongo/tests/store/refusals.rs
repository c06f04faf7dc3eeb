//! A session document that the server refuses for good: it concerns its own user alone.

use crate::support::{Place, ada, created, data, distinct, loaded, open, save, saved};
use hexad_mongo::MongoStore;
use hexad_ports::{
    Clock, Expected, Outbox, SaveSession, SessionStore,
    domain::{Area, Event, EventId, SessionChange, SessionRecord, UserId},
};
use mongodb::bson::{DateTime, Document, doc};
use serde_json::json;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

fn grace() -> UserId {
    UserId::from_stored("grace")
}

/// From now on no document of Ada's may have a field of ours.
async fn refuse_adas(place: &Place) {
    let others =
        doc! { "$or": [{ "userId": { "$ne": ada().as_str() } }, { "hexadRevision": { "$exists": false } }] };
    set_validator(place, others).await;
}

async fn set_validator(place: &Place, validator: Document) {
    place.behind().await.run_command(doc! { "collMod": "sessions", "validator": validator }).await.unwrap();
}

/// Ada's document, as an original has it.
async fn adopted(place: &Place, text: &str) {
    let at = DateTime::from_millis(place.clock.now().unix_millis());
    let document = doc! { "userId": ada().as_str(), "data": { "text": text }, "createdAt": at };
    place.sessions().await.insert_one(document).await.unwrap();
}

async fn all_told(store: &MongoStore) -> Vec<Event> {
    let claim = store.claim(Area::Session, 10, LEASE).await.unwrap();
    claim.events.into_iter().map(|outgoing| outgoing.event).collect()
}

/// Ada's session with other data, and the event that tells of it.
async fn changed(place: &Place, store: &MongoStore) -> (SessionChange, Event) {
    let mut session = loaded(store, &ada()).await.0.session.unwrap();
    session.data = data(json!({"text": "ours"}));
    let told = created(&place.clock, &session.id, &ada());
    (SessionChange::Update(session), told)
}

#[tokio::test]
async fn a_change_that_the_collection_refuses_has_not_been() {
    let place = Place::new();
    let store = place.store().await;
    adopted(&place, "theirs").await;
    refuse_adas(&place).await;
    let cause = EventId::new(place.clock.now(), distinct());
    let (before, _) = loaded(&store, &ada()).await;
    for _ in 0..2 {
        let (change, told) = changed(&place, &store).await;
        let expected = Expected::from(Some(loaded(&store, &ada()).await.1));
        let refused = store.save(&ada(), expected, &change, Some(cause), &[told]).await.unwrap_err();
        assert!(hexad_ports::error_chain(&refused).contains("refuses the document"), "{refused:?}");
        assert_eq!(loaded(&store, &ada()).await.0, before);
    }
    assert_eq!(all_told(&store).await, []);
    assert_eq!(
        place.heads().await.count_documents(doc! { "waiting": { "$exists": true } }).await.unwrap(),
        0
    );
    // Everything of it was taken back, and so it can come again when it is no longer refused.
    set_validator(&place, doc! {}).await;
    let (change, told) = changed(&place, &store).await;
    let expected = Expected::from(Some(loaded(&store, &ada()).await.1));
    let events = std::slice::from_ref(&told);
    saved(store.save(&ada(), expected.clone(), &change, Some(cause), events).await.unwrap());
    assert_eq!(all_told(&store).await, std::slice::from_ref(&told));
    let again = store.save(&ada(), expected, &change, Some(cause), &[told]).await.unwrap();
    assert_eq!(again, SaveSession::AlreadyApplied);
}

#[tokio::test]
async fn what_was_there_before_a_refused_change_stays() {
    let place = Place::new();
    let store = place.store().await;
    let (session, opened) = open(&store, &place.clock, &ada()).await;
    refuse_adas(&place).await;
    let (change, told) = changed(&place, &store).await;
    let refused = store.save(&ada(), Expected::At(opened), &change, None, &[told]).await;
    assert!(refused.is_err(), "{refused:?}");
    let (record, revision) = loaded(&store, &ada()).await;
    assert_eq!(record, SessionRecord { session: Some(session), revoked_through: None });
    assert_eq!(all_told(&store).await.len(), 1, "of the opening");
    // Deleting what is there needs nothing of it.
    let through = place.clock.now();
    saved(save(&store, &ada(), Some(revision), &SessionChange::End { revoked_through: through }, &[]).await);
    let record = loaded(&store, &ada()).await.0;
    assert_eq!(record, SessionRecord { session: None, revoked_through: Some(through) });
    // A session that cannot be opened is none.
    let session = crate::support::new_session(&store, &place.clock, &ada());
    let revision = loaded(&store, &ada()).await.1;
    let opened = SessionChange::Open(session);
    assert!(store.save(&ada(), Expected::At(revision), &opened, None, &[]).await.is_err());
    assert_eq!(loaded(&store, &ada()).await.0, record);
}

#[tokio::test]
async fn a_document_that_has_no_room_left_is_read_and_others_are_written() {
    let place = Place::new();
    let store = place.store().await;
    // With all else that stands in it, 20 bytes less than a document may have.
    adopted(&place, &"x".repeat(16 * 1024 * 1024 - 150)).await;
    let (change, told) = {
        let mut session = loaded(&store, &ada()).await.0.session.unwrap();
        session.connected_at = Some(place.clock.now());
        let told = created(&place.clock, &session.id, &ada());
        (SessionChange::Update(session), told)
    };
    let expected = Expected::from(Some(loaded(&store, &ada()).await.1));
    assert!(store.save(&ada(), expected, &change, None, &[told]).await.is_err());
    assert!(loaded(&store, &ada()).await.0.session.unwrap().connected_at.is_none());
    open(&store, &place.clock, &grace()).await;
    assert_eq!(all_told(&store).await.len(), 1);
}
