//! What is owed to somebody is kept, however old; what is not goes.

use crate::support::{Place, distinct, tell_login};
use hexad_ports::{
    EventSource, Expected, Outbox, SaveSession, SessionStore, Settlement,
    domain::{Area, Event, EventId, SessionChange, UserId},
};
use hexad_sqlite::{Pruned, SqliteStore};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn settle_one(store: &SqliteStore, consumer: &str) {
    let source = store.event_source(consumer, &[Area::Auth]);
    let deliveries = source.receive(1).await.unwrap();
    source.settle(&deliveries[0].tag, Settlement::Done).await.unwrap();
}

async fn events(place: &Place) -> i64 {
    place.count("SELECT count(*) FROM event").await
}

async fn end(store: &SqliteStore, user: &UserId, place: &Place, cause: EventId) -> SaveSession {
    use hexad_ports::Clock;
    let change = SessionChange::End { revoked_through: place.clock.now() };
    let expected = Expected::from(store.load(user).await.unwrap().map(|(_, revision)| revision));
    store.save(user, expected, &change, Some(cause), &[]).await.unwrap()
}

#[tokio::test]
async fn an_event_stays_until_every_consumer_has_settled_it() {
    let place = Place::new();
    let store = place.store().await;
    for _ in 0..2 {
        tell_login(&store, place.clock.as_ref(), "ada").await;
    }
    settle_one(&store, "one").await;
    settle_one(&store, "two").await;
    settle_one(&store, "two").await;
    assert_eq!(store.prune().await.unwrap(), Pruned::default(), "all are young");
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap().events, 1, "one still owes the second");
    settle_one(&store, "one").await;
    assert_eq!(store.prune().await.unwrap().events, 1);
    assert_eq!(events(&place).await, 0);
}

#[tokio::test]
async fn an_event_that_a_consumer_has_received_and_not_settled_stays() {
    let place = Place::new();
    let store = place.store().await;
    tell_login(&store, place.clock.as_ref(), "ada").await;
    let source = store.event_source("one", &[Area::Auth]);
    let deliveries = source.receive(1).await.unwrap();
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap().events, 0);
    source.settle(&deliveries[0].tag, Settlement::Done).await.unwrap();
    assert_eq!(store.prune().await.unwrap().events, 1);
}

#[tokio::test]
async fn an_event_of_an_area_with_a_relay_stays_until_it_is_sent() {
    let place = Place::new();
    let store = place.store().await;
    let lease = Duration::from_secs(60);
    assert_eq!(store.claim(Area::Auth, 9, lease).await.unwrap().events, [], "now the area has a relay");
    let told: Vec<Event> = [
        tell_login(&store, place.clock.as_ref(), "ada").await,
        tell_login(&store, place.clock.as_ref(), "grace").await,
    ]
    .into();
    place.clock.pass(DAY * 400);
    assert_eq!(store.prune().await.unwrap().events, 0);
    let claim = store.claim(Area::Auth, 9, lease).await.unwrap();
    store.settle(Area::Auth, &claim, &[told[1].id]).await.unwrap();
    assert_eq!(store.prune().await.unwrap().events, 1);
    let rest = store.claim(Area::Auth, 9, lease).await.unwrap();
    assert_eq!(rest.events[0].event, told[0]);
}

#[tokio::test]
async fn more_than_one_batch_goes_in_one_call() {
    let place = Place::new();
    let store = place.store().await;
    let many: Vec<Event> = (0..1_201).map(|_| crate::support::login(place.clock.as_ref(), "ada")).collect();
    hexad_ports::EventLog::append(&store, &many).await.unwrap();
    place.clock.pass(DAY * 8);
    let young = tell_login(&store, place.clock.as_ref(), "ada").await;
    assert_eq!(store.prune().await.unwrap().events, 1_201);
    let source = store.event_source("late", &[Area::Auth]);
    let deliveries = source.receive(9).await.unwrap();
    assert_eq!(deliveries[0].content, hexad_ports::Content::Event(young));
}

#[tokio::test]
async fn an_applied_id_is_known_as_long_as_its_event_can_come_again() {
    let place = Place::new();
    let store = place.store().await;
    let ada = UserId::from_stored("ada");
    let told = tell_login(&store, place.clock.as_ref(), "ada").await;
    let of_elsewhere = EventId::new(told.at, distinct());
    let source = store.event_source("one", &[Area::Auth]);
    let deliveries = source.receive(1).await.unwrap();
    assert!(matches!(end(&store, &ada, &place, told.id).await, SaveSession::Saved(_)));
    assert!(matches!(end(&store, &ada, &place, of_elsewhere).await, SaveSession::Saved(_)));
    place.clock.pass(DAY * 29);
    assert_eq!(store.prune().await.unwrap().applied, 0);
    place.clock.pass(DAY * 2);
    assert_eq!(store.prune().await.unwrap().applied, 1, "the other's event is still in the log");
    assert_eq!(end(&store, &ada, &place, told.id).await, SaveSession::AlreadyApplied);
    source.settle(&deliveries[0].tag, Settlement::Done).await.unwrap();
    let pruned = store.prune().await.unwrap();
    assert_eq!((pruned.events, pruned.applied), (1, 1));
}

#[tokio::test]
async fn a_revocation_goes_when_its_tokens_are_gone_and_its_revision_never_comes_back() {
    let place = Place::new();
    let store = place.store().await;
    let ada = UserId::from_stored("ada");
    let SaveSession::Saved(before) =
        end(&store, &ada, &place, EventId::new(hexad_ports::Clock::now(place.clock.as_ref()), distinct()))
            .await
    else {
        panic!("it is the first")
    };
    place.clock.pass(DAY * 29);
    assert_eq!(store.prune().await.unwrap().revocations, 0);
    assert!(store.load(&ada).await.unwrap().is_some());
    place.clock.pass(DAY * 2);
    assert_eq!(store.prune().await.unwrap().revocations, 1);
    assert_eq!(store.load(&ada).await.unwrap(), None);
    let SaveSession::Saved(after) =
        end(&store, &ada, &place, EventId::new(hexad_ports::Clock::now(place.clock.as_ref()), distinct()))
            .await
    else {
        panic!("nothing is there")
    };
    assert_ne!(after, before);
}
