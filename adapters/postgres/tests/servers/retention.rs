//! What is owed to somebody is kept, however old; what is not goes.

use crate::support::{Place, tell_login};
use hexad_ports::{
    Clock, Expected, Outbox, SaveSession, SessionStore,
    domain::{Area, EventId, SessionChange, UserId},
};
use hexad_postgres::{PostgresStore, Pruned};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn an_event_goes_when_it_was_sent_long_ago() {
    let place = Place::new().await;
    let store = place.store().await;
    for _ in 0..3 {
        tell_login(&store, "ada").await;
    }
    let claim = store.claim(Area::Auth, 2, DAY).await.unwrap();
    let ids: Vec<EventId> = claim.events.iter().map(|outgoing| outgoing.event.id).collect();
    store.settle(Area::Auth, &claim, &ids).await.unwrap();
    assert_eq!(store.prune().await.unwrap(), Pruned::default(), "all are young");
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap().events, 2);
    let last = claim.events[1].sequence;
    let claim = store.claim(Area::Auth, 10, DAY).await.unwrap();
    assert_eq!(claim.events.len(), 1, "what was never sent stays");
    store.settle(Area::Auth, &claim, &[claim.events[0].event.id]).await.unwrap();
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap().events, 1);
    tell_login(&store, "ada").await;
    let next = store.claim(Area::Auth, 10, DAY).await.unwrap();
    assert!(next.events[0].sequence > last, "no number is given twice");
}

#[tokio::test]
async fn many_go_in_small_steps() {
    let place = Place::new().await;
    let store = place.store().await;
    place
        .run(
            "INSERT INTO hexad_event SELECT gen_random_uuid(), nextval('hexad_event_seq'), 'auth', 0, 'x', 0, '', 0
             FROM generate_series(1, 2500)",
        )
        .await;
    assert_eq!(store.prune().await.unwrap().events, 2_500);
}

async fn end(store: &PostgresStore, place: &Place, user: &UserId, cause: EventId) -> SaveSession {
    let change = SessionChange::End { revoked_through: place.clock.now() };
    let expected = Expected::from(store.load(user).await.unwrap().map(|(_, revision)| revision));
    store.save(user, expected, &change, Some(cause), &[]).await.unwrap()
}

#[tokio::test]
async fn revocations_and_applied_ids_go_when_nothing_can_need_them() {
    let place = Place::new().await;
    let store = place.store().await;
    let user = UserId::from_stored("ada");
    let cause = crate::support::login("ada").id;
    let SaveSession::Saved(first) = end(&store, &place, &user, cause).await else { panic!() };
    place.clock.pass(DAY * 29);
    assert_eq!(store.prune().await.unwrap(), Pruned::default());
    assert_eq!(end(&store, &place, &user, cause).await, SaveSession::AlreadyApplied);
    place.clock.pass(DAY * 2);
    assert_eq!(store.prune().await.unwrap(), Pruned { applied: 1, revocations: 1, ..Pruned::default() });
    assert_eq!(store.load(&user).await.unwrap(), None);
    let SaveSession::Saved(second) = end(&store, &place, &user, cause).await else { panic!() };
    assert_ne!(first, second, "no revision comes back");
}

#[tokio::test]
async fn a_user_of_any_id_has_a_session() {
    let place = Place::new().await;
    let store = place.store().await;
    for id in ["a\0b".to_owned(), "\u{10ffff}x\0".repeat(3_000)] {
        let user = UserId::from_stored(id);
        assert!(matches!(
            end(&store, &place, &user, crate::support::login("x").id).await,
            SaveSession::Saved(_)
        ));
        assert!(store.load(&user).await.unwrap().is_some());
    }
}
