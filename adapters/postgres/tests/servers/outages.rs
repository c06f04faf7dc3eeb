//! A server that goes away, and a network that does.

use crate::support::{Place, tell_login, user};
use hexad_ports::{
    EventLog, Expected, Outbox, Prepare, Probe, SessionStore, UserChange, UserKey, UserStore,
    domain::{Area, SessionChange, Timestamp, UserId},
};
use hexad_postgres::{PostgresOptions, PostgresStore};
use hexad_stage::{Direction, Mode, Proxy};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Within so long every port says that it cannot answer.
const ANSWER: Duration = Duration::from_millis(4_500);
/// Within so long of the server's return everything works again.
const RECOVERY: Duration = Duration::from_secs(5);

async fn distant(place: &Place, proxy: &Proxy) -> PostgresStore {
    let url = place.database.through(&proxy.address());
    let store = place.unprepared(&url, PostgresOptions::default());
    store.prepare().await.unwrap();
    store
}

/// Asks every port at once, and more often than there are connections: all say that they cannot answer, in time.
async fn all_are_unavailable(store: &PostgresStore) {
    let begun = Instant::now();
    let ada = user("ada");
    let someone = UserId::from_stored("x");
    let end = SessionChange::End { revoked_through: Timestamp::UNIX_EPOCH };
    let register = UserChange::Register(ada.clone());
    let event = crate::support::login("ada");
    let lease = Duration::from_secs(1);
    let asked = async {
        tokio::join!(
            async { store.check().await.is_err() },
            async { UserStore::load(store, UserKey::Username("ada")).await.is_err() },
            async { store.taken("ada", "1", "a@b").await.is_err() },
            async { UserStore::save(store, &ada.id, Expected::Absent, register, &[]).await.is_err() },
            async { SessionStore::load(store, &someone).await.is_err() },
            async { SessionStore::save(store, &someone, Expected::Absent, &end, None, &[]).await.is_err() },
            async { store.append(std::slice::from_ref(&event)).await.is_err() },
            async { store.claim(Area::Auth, 1, lease).await.is_err() },
            async { store.prune().await.is_err() },
        )
    };
    let more = futures_util::future::join_all((0..20).map(|_| store.check()));
    let (all, more) = tokio::join!(asked, more);
    assert_eq!(all, (true, true, true, true, true, true, true, true, true));
    assert!(more.iter().all(Result::is_err));
    assert!(begun.elapsed() < ANSWER, "{:?}", begun.elapsed());
}

async fn all_work_again(store: &PostgresStore) {
    let again = async {
        while store.check().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(RECOVERY, again).await.expect("it works again");
    // Not only the one connection that has answered.
    let answers = futures_util::future::join_all((0..20).map(|_| store.check())).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    tell_login(store, "ada").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_the_network_is_told_in_time_and_gets_over() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.database.address).await;
    let store = distant(&place, &proxy).await;
    for mode in [Mode::Refuse, Mode::Cut, Mode::Blackhole, Mode::OneWay(Direction::Up)] {
        futures_util::future::join_all((0..20).map(|_| store.check())).await;
        proxy.set(mode);
        all_are_unavailable(&store).await;
        proxy.set(Mode::Pass);
        all_work_again(&store).await;
        assert!(proxy.connections() <= 10, "{mode:?}: {} connections", proxy.connections());
    }
    drop(store);
    let closed = async {
        while proxy.connections() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(RECOVERY, closed).await.expect("every connection is closed with the store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_waits_survives_an_outage() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.database.address).await;
    let (relay, service) = (distant(&place, &proxy).await, place.store().await);
    for mode in [Mode::Cut, Mode::Blackhole] {
        let _ = timeout(Duration::from_millis(300), relay.wait(Area::Auth)).await;
        proxy.set(mode);
        let event = tell_login(&service, "ada").await;
        let _ = timeout(Duration::from_secs(1), relay.wait(Area::Auth)).await;
        proxy.set(Mode::Pass);
        let claimed = timeout(RECOVERY, async {
            loop {
                relay.wait(Area::Auth).await;
                match relay.claim(Area::Auth, 10, Duration::from_secs(60)).await {
                    Ok(claim) if !claim.events.is_empty() => return claim,
                    _ => {}
                }
            }
        })
        .await
        .expect("the relay goes on");
        assert_eq!(claimed.events[0].event.id, event.id, "{mode:?}");
        relay.settle(Area::Auth, &claimed, &[event.id]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_or_nothing_is_stored_when_connections_are_ended() {
    let place = Place::new().await;
    let store = place.store().await;
    let enough = Instant::now() + Duration::from_secs(3);
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            let (mut answered, mut refused) = (Vec::new(), 0);
            while Instant::now() < enough {
                let ada = user(&format!("user-{}", answered.len() + refused));
                let event = crate::support::login(ada.username.as_str());
                let change = UserChange::Register(ada.clone());
                match UserStore::save(&store, &ada.id, Expected::Absent, change, &[event]).await {
                    Ok(_) => answered.push(ada),
                    Err(_) => refused += 1,
                }
            }
            (answered, refused)
        }
    });
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'hexad' AND datname = current_database()";
    while !writing.is_finished() {
        place.count(end).await;
    }
    let (answered, refused) = writing.await.unwrap();
    assert!(refused > 0 && !answered.is_empty(), "{refused} refused, {} answered", answered.len());
    let store = place.store().await;
    for ada in answered {
        assert!(UserStore::load(&store, UserKey::Id(&ada.id)).await.unwrap().is_some());
    }
    let halves =
        "SELECT count(*) FROM \"user\" FULL JOIN hexad_event ON convert_from(subject, 'UTF8') = username
                  WHERE username IS NULL OR subject IS NULL";
    assert_eq!(place.count(halves).await, 0, "no user without the event, no event without the user");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_no_more_costs_neither_the_work_nor_the_connection() {
    let place = Place::new().await;
    let store = place.store().await;
    tell_login(&store, "ada").await;
    for _ in 0..50 {
        let event = crate::support::login("ada");
        // Asked once, and given up.
        let _ = timeout(Duration::ZERO, store.append(std::slice::from_ref(&event))).await;
    }
    let all = async { while place.count("SELECT count(*) FROM hexad_event").await < 51 {} };
    timeout(RECOVERY, all).await.expect("what was begun is done");
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hexad' AND datname = current_database()";
    assert!(place.count(ours).await <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_locks_keeps_nobody_waiting_for_ever() {
    let place = Place::new().await;
    let store = place.store().await;
    let mut behind = place.behind().await;
    let mut change = sqlx::Connection::begin(&mut behind).await.unwrap();
    sqlx::query("LOCK TABLE \"user\" IN ACCESS EXCLUSIVE MODE").execute(&mut *change).await.unwrap();
    let begun = Instant::now();
    assert!(UserStore::load(&store, UserKey::Username("ada")).await.is_err());
    assert!(begun.elapsed() < ANSWER, "{:?}", begun.elapsed());
    store.check().await.expect("the rest goes on");
    change.rollback().await.unwrap();
    assert_eq!(UserStore::load(&store, UserKey::Username("ada")).await.unwrap(), None);
}
