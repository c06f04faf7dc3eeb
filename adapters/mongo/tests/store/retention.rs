//! What is owed to somebody is kept, however old; what is not goes.

use crate::support::{Place, ada, distinct, loaded, open, saved};
use hexad_mongo::{MongoStore, Pruned};
use hexad_ports::{
    Clock, Expected, SaveSession, SessionStore,
    domain::{EventId, SessionChange},
};
use mongodb::bson::doc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn end(store: &MongoStore, place: &Place, cause: Option<EventId>) -> SaveSession {
    let change = SessionChange::End { revoked_through: place.clock.now() };
    let expected = Expected::from(store.load(&ada()).await.unwrap().map(|(_, revision)| revision));
    store.save(&ada(), expected, &change, cause, &[]).await.unwrap()
}

#[tokio::test]
async fn an_applied_id_is_known_for_thirty_days() {
    let place = Place::new();
    let store = place.store().await;
    let first = EventId::new(place.clock.now(), distinct());
    saved(end(&store, &place, Some(first)).await);
    place.clock.pass(DAY * 20);
    let second = EventId::new(place.clock.now(), distinct());
    saved(end(&store, &place, Some(second)).await);
    place.clock.pass(DAY * 9);
    assert_eq!(store.prune().await.unwrap(), Pruned::default());
    assert_eq!(end(&store, &place, Some(first)).await, SaveSession::AlreadyApplied);
    place.clock.pass(DAY * 2);
    assert_eq!(store.prune().await.unwrap(), Pruned { applied: 1, ..Pruned::default() });
    assert_eq!(end(&store, &place, Some(second)).await, SaveSession::AlreadyApplied);
    place.clock.pass(DAY * 40);
    assert_eq!(store.prune().await.unwrap(), Pruned { applied: 1, users: 1, finished: 0 });
    assert_eq!(store.load(&ada()).await.unwrap(), None);
}

#[tokio::test]
async fn a_user_with_a_session_or_an_event_that_waits_is_not_forgotten() {
    let place = Place::new();
    let store = place.store().await;
    let (session, opened) = open(&store, &place.clock, &ada()).await;
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap(), Pruned::default());
    assert_eq!(
        loaded(&store, &ada()).await,
        (hexad_ports::domain::SessionRecord { session: Some(session), revoked_through: None }, opened)
    );
    saved(end(&store, &place, None).await);
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap(), Pruned::default(), "its event was never sent");
    assert_eq!(place.heads().await.count_documents(doc! {}).await.unwrap(), 1);
}
