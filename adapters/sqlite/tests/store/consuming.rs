//! A consumer's place in the log.

use crate::support::{Place, event, tell_login};
use hexad_ports::{
    Content, Delivery, EventLog, EventSource, Settlement,
    domain::{Area, Event, EventKind},
};
use hexad_sqlite::SqliteEventSource;
use std::time::Duration;
use tokio::time::timeout;

async fn receive(source: &SqliteEventSource, limit: usize) -> Vec<Delivery> {
    timeout(Duration::from_secs(10), source.receive(limit))
        .await
        .expect("something arrives")
        .expect("deliveries")
}

async fn done(source: &SqliteEventSource, delivery: &Delivery) {
    source.settle(&delivery.tag, Settlement::Done).await.unwrap();
}

fn is(delivery: &Delivery, event: &Event) -> bool {
    delivery.content == Content::Event(event.clone())
}

#[tokio::test]
async fn consumers_of_other_names_each_get_everything() {
    let place = Place::new();
    let store = place.store().await;
    let told = tell_login(&store, place.clock.as_ref(), "ada").await;
    for consumer in ["sessions", "Sessions", "a/../b", ""] {
        let source = store.event_source(consumer, &Area::ALL);
        let deliveries = receive(&source, 1).await;
        assert!(is(&deliveries[0], &told), "{consumer:?}");
        done(&source, &deliveries[0]).await;
    }
}

#[tokio::test]
async fn only_the_areas_asked_for_arrive() {
    let place = Place::new();
    let store = place.store().await;
    let clock = place.clock.as_ref();
    let own: Vec<Event> =
        (0..3).map(|number| event(clock, "ada", EventKind::TestEvent { msg: number.to_string() })).collect();
    for event_of_auth in &own {
        let user = crate::support::user("ada");
        let other = event(clock, "ada", EventKind::registered(&user));
        store.append(&[other, event_of_auth.clone()]).await.unwrap();
    }
    let source = store.event_source("consumer", &[Area::Auth]);
    let deliveries = receive(&source, 10).await;
    assert_eq!(deliveries.len(), 3);
    assert!(deliveries.iter().zip(&own).all(|(delivery, event)| is(delivery, event)));
}

#[tokio::test]
async fn a_second_source_stands_by_until_the_first_is_gone() {
    let place = Place::new();
    let first = place.store().await.event_source("consumer", &Area::ALL);
    let store = place.store().await;
    let told = tell_login(&store, place.clock.as_ref(), "ada").await;
    assert!(is(&receive(&first, 1).await[0], &told));
    let second = store.event_source("consumer", &Area::ALL);
    assert!(
        timeout(Duration::from_millis(300), second.receive(1)).await.is_err(),
        "two read for one consumer"
    );
    drop(first);
    assert!(is(&receive(&second, 1).await[0], &told));
}

#[tokio::test]
async fn a_settlement_that_cannot_be_stored_brings_back_all_that_is_out() {
    let place = Place::new();
    let store = place.store().await;
    for _ in 0..3 {
        tell_login(&store, place.clock.as_ref(), "ada").await;
    }
    let source = store.event_source("consumer", &Area::ALL);
    let deliveries = receive(&source, 3).await;
    done(&source, &deliveries[0]).await;
    sqlx::raw_sql("DROP TABLE dead_event").execute(&mut place.behind().await).await.unwrap();
    let poison = Settlement::Poison { why: "a test".to_owned() };
    source.settle(&deliveries[1].tag, poison).await.expect_err("it is kept nowhere");
    let again = receive(&source, 3).await;
    let contents = |deliveries: &[Delivery]| -> Vec<Content> {
        deliveries.iter().map(|delivery| delivery.content.clone()).collect()
    };
    assert_eq!(contents(&again), contents(&deliveries[1..]));
}

#[tokio::test]
async fn a_long_backlog_arrives_whole_and_in_order() {
    let place = Place::new();
    let store = place.store().await;
    let mut told = Vec::new();
    for _ in 0..30 {
        let batch: Vec<Event> = (0..50)
            .map(|number| crate::support::login(place.clock.as_ref(), &format!("u{}", number % 7)))
            .collect();
        store.append(&batch).await.unwrap();
        told.extend(batch);
    }
    let source = store.event_source("consumer", &Area::ALL);
    let mut arrived = Vec::new();
    while arrived.len() < told.len() {
        for delivery in receive(&source, 1_000).await {
            done(&source, &delivery).await;
            let Content::Event(event) = delivery.content else { panic!("{delivery:?}") };
            arrived.push(event);
        }
    }
    assert_eq!(arrived, told);
    assert_eq!(
        place.count("SELECT cursor FROM consumer").await,
        place.count("SELECT max(seq) FROM event").await
    );
}
