//! Events on their way out, by several relays and from several writers.

use crate::support::{Place, login, tell_login};
use hexad_ports::{
    Claim, EventLog, Outbox,
    domain::{Area, EventId},
};
use hexad_postgres::PostgresStore;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

const LEASE: Duration = Duration::from_secs(60);

async fn claim(store: &PostgresStore, limit: usize) -> Claim {
    store.claim(Area::Auth, limit, LEASE).await.unwrap()
}

fn ids(claim: &Claim) -> Vec<EventId> {
    claim.events.iter().map(|outgoing| outgoing.event.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_sixteen_writers_is_that_of_their_commits() {
    let place = Arc::new(Place::new().await);
    // Each writer sees in the table, right after its own commit, what was committed before.
    let writers = (0..16).map(|_| {
        let place = Arc::clone(&place);
        tokio::spawn(async move {
            let store = place.store().await;
            for _ in 0..20 {
                let before: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM hexad_event")
                    .fetch_one(&mut place.behind().await)
                    .await
                    .unwrap();
                let event = tell_login(&store, "ada").await;
                let own: i64 = sqlx::query_scalar("SELECT seq FROM hexad_event WHERE id = $1")
                    .bind(event.id.as_uuid())
                    .fetch_one(&mut place.behind().await)
                    .await
                    .unwrap();
                assert!(before.is_none_or(|before| before < own), "{own} was committed after {before:?}");
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    // A relay at the same time never sees a number below one that it has seen.
    let relay = place.store().await;
    let (mut sent, mut last) = (0, 0);
    while sent < 320 {
        let claim = claim(&relay, 7).await;
        for outgoing in &claim.events {
            assert!(outgoing.sequence > last, "{} after {last}", outgoing.sequence);
            last = outgoing.sequence;
        }
        relay.settle(Area::Auth, &claim, &ids(&claim)).await.unwrap();
        sent += claim.events.len();
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_wakes_at_once_for_another_process() {
    let place = Place::new().await;
    let (relay, service) = (place.store().await, place.store().await);
    // The first wait begins to listen, and listening is begun when a wait ends by it.
    let listening = "SELECT count(*) FROM pg_stat_activity
                     WHERE query = 'LISTEN \"hexad_event\"' AND datname = current_database()";
    for round in 0..5 {
        let waiting = tokio::spawn({
            let relay = relay.clone();
            async move {
                relay.wait(Area::Auth).await;
                Instant::now()
            }
        });
        while place.count(listening).await == 0 {}
        assert!(!waiting.is_finished(), "round {round}: there was nothing yet");
        let event = tell_login(&service, "ada").await;
        let committed = Instant::now();
        let woken = timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
        let late = woken.saturating_duration_since(committed);
        assert!(
            late < Duration::from_millis(500),
            "round {round}: {late:?}, by the poll and not by the word"
        );
        let claim = claim(&relay, 10).await;
        assert_eq!(ids(&claim), [event.id]);
        relay.settle(Area::Auth, &claim, &ids(&claim)).await.unwrap();
    }
}

#[tokio::test]
async fn a_relay_wakes_when_the_lease_of_a_dead_one_ends() {
    let place = Place::new().await;
    let (dead, relay) = (place.store().await, place.store().await);
    let event = tell_login(&dead, "ada").await;
    let lease = Duration::from_millis(400);
    dead.claim(Area::Auth, 10, lease).await.unwrap();
    assert_eq!(claim(&relay, 10).await.events, []);
    timeout(Duration::from_secs(5), relay.wait(Area::Auth)).await.unwrap();
    assert_eq!(ids(&claim(&relay, 10).await), [event.id]);
}

#[tokio::test]
async fn what_is_never_taken_keeps_nobody_else_waiting() {
    let place = Place::new().await;
    let store = place.store().await;
    // A full claim of one subject comes back again and again.
    for _ in 0..10 {
        tell_login(&store, "stuck").await;
    }
    let others: HashSet<EventId> = {
        let mut others = HashSet::new();
        for number in 0..40 {
            others.insert(tell_login(&store, &format!("user-{number}")).await.id);
        }
        others
    };
    let mut sent = HashSet::new();
    for _ in 0..40 {
        let claim = claim(&store, 5).await;
        let sending: Vec<EventId> = claim
            .events
            .iter()
            .filter(|outgoing| outgoing.event.subject != "stuck")
            .map(|outgoing| outgoing.event.id)
            .collect();
        store.settle(Area::Auth, &claim, &sending).await.unwrap();
        sent.extend(sending);
    }
    // Those of its own part wait behind it.
    let behind: i64 = place
        .count(
            "SELECT count(*) FROM hexad_event WHERE subject <> 'stuck'
             AND part = (SELECT part FROM hexad_event WHERE subject = 'stuck' LIMIT 1)",
        )
        .await;
    assert_eq!(sent.len(), others.len() - usize::try_from(behind).unwrap());
}

#[tokio::test]
async fn one_claim_takes_what_waits_in_many_parts() {
    let place = Place::new().await;
    let store = place.store().await;
    let events: Vec<_> = (0..30).map(|number| login(&format!("user-{number}"))).collect();
    store.append(&events).await.unwrap();
    let claim = claim(&store, 100).await;
    assert_eq!(ids(&claim), events.iter().map(|event| event.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_stored_twice_is_one_event() {
    let place = Place::new().await;
    let store = place.store().await;
    let event = login("ada");
    // Its first commit's outcome was unknown, say.
    for _ in 0..2 {
        store.append(std::slice::from_ref(&event)).await.unwrap();
    }
    assert_eq!(ids(&claim(&store, 10).await), [event.id]);
}

#[tokio::test]
async fn subjects_and_users_of_any_text_are_stored() {
    let place = Place::new().await;
    let store = place.store().await;
    for subject in ["a\0b", &"\u{10ffff}\0".repeat(9_000)] {
        let event = login(subject);
        store.append(std::slice::from_ref(&event)).await.unwrap();
        let claim = claim(&store, 10).await;
        assert_eq!(claim.events[0].event, event);
        store.settle(Area::Auth, &claim, &[event.id]).await.unwrap();
    }
}

#[tokio::test]
async fn what_no_relay_can_read_is_set_aside() {
    let place = Place::new().await;
    let store = place.store().await;
    let broken = tell_login(&store, "ada").await;
    place.run("UPDATE hexad_event SET body = 'nonsense'").await;
    let whole = tell_login(&store, "ada").await;
    assert_eq!(ids(&claim(&store, 10).await), [whole.id]);
    let kept = format!("SELECT count(*) FROM hexad_dead_event WHERE id = '{}'", broken.id);
    assert_eq!(place.count(&kept).await, 1);
}
