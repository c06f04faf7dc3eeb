//! A file that is locked, and rows that nobody should have written.

use crate::support::{Place, login, user};
use hexad_ports::{
    EventLog, Expected, Outbox, Probe, SaveUser, UserChange, UserKey, UserStore,
    domain::{Area, Session, UserId},
};
use hexad_sqlite::SqliteStore;
use sqlx::Connection;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_locked_file_is_unavailable_within_five_seconds_and_can_still_be_read() {
    let place = Place::new();
    let store = place.store().await;
    let ada = user("ada");
    store.save(&ada.id, Expected::Absent, UserChange::Register(ada.clone()), &[]).await.unwrap();
    let mut other = place.behind().await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let started = Instant::now();
    // Several at once: those that wait behind another of this process have no more time than it.
    let changes = (0..4).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let user = user(&format!("user-{number}"));
            store.save(&user.id, Expected::Absent, UserChange::Register(user.clone()), &[]).await
        })
    });
    for change in changes.collect::<Vec<_>>() {
        let unavailable = change.await.unwrap().expect_err("the file is locked");
        assert_eq!(unavailable.what(), "the user store");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(store.load(UserKey::Id(&ada.id)).await.unwrap().is_some());
    store.check().await.unwrap();
    held.rollback().await.unwrap();
    let grace = user("grace");
    let saved =
        store.save(&grace.id, Expected::Absent, UserChange::Register(grace.clone()), &[]).await.unwrap();
    assert!(matches!(saved, SaveUser::Saved(_)));
}

#[tokio::test]
async fn a_change_that_was_given_up_leaves_nothing_and_blocks_nobody() {
    let place = Place::new();
    let store = place.store().await;
    for pause in 0..40 {
        let user = user("ada");
        let save = store.save(&user.id, Expected::Absent, UserChange::Register(user.clone()), &[]);
        if tokio::time::timeout(Duration::from_micros(pause * 100), save).await.is_ok() {
            break;
        }
    }
    let grace = user("grace");
    let told = login(place.clock.as_ref(), "grace");
    let saved =
        store.save(&grace.id, Expected::Absent, UserChange::Register(grace.clone()), &[told]).await.unwrap();
    assert!(matches!(saved, SaveUser::Saved(_)));
    assert_eq!(place.count(r#"SELECT count(*) FROM "user" WHERE username = 'ada'"#).await, 1);
}

#[tokio::test]
async fn rows_that_nobody_should_have_written_are_read_all_the_same() {
    let place = Place::new();
    let store = place.store().await;
    sqlx::raw_sql(
        r#"INSERT INTO "user" (id, username, password, first_name, last_name, dni, email, city, revision) VALUES
               ('u1', 'ada', x'ff41', CAST(x'41ff42' AS TEXT), 7, 1.5, x'', CAST(x'410042' AS TEXT), 'x');
           INSERT INTO session (user_id, id, data, created_at, updated_at, connected_at, revision) VALUES
               ('not json', 's1', '{"a":', 9223372036854775807, 'yesterday', NULL, 1),
               ('no object', 's2', '[1]', 0, x'00', 1.5, 2),
               ('no text', 's3', x'ff', 0, 0, 0, 3)"#,
    )
    .execute(&mut place.behind().await)
    .await
    .unwrap();
    let (ada, _) = store.load(UserKey::Username("ada")).await.unwrap().unwrap();
    assert_eq!(ada.first_name.as_str(), "A\u{fffd}B");
    assert_eq!((ada.last_name.as_str(), ada.dni.as_str(), ada.email.as_str()), ("7", "1.5", ""));
    assert_eq!(ada.city.as_str(), "A\0B");
    for user in ["not json", "no object", "no text"] {
        assert!(session_of(&store, user).await.data.as_object().is_empty(), "{user}");
    }
    assert_eq!(session_of(&store, "not json").await.created_at, None, "no such year");
}

async fn session_of(store: &SqliteStore, user: &str) -> Session {
    let found = hexad_ports::SessionStore::load(store, &UserId::from_stored(user)).await;
    found.unwrap().unwrap().0.session.unwrap()
}

#[tokio::test]
async fn an_event_that_no_relay_can_read_is_kept_aside_and_holds_up_nobody() {
    let place = Place::new();
    let store = place.store().await;
    sqlx::raw_sql(
        "INSERT INTO event (id, area, subject, at, body) VALUES (x'00', 'auth', 'ada', 0, 'nonsense')",
    )
    .execute(&mut place.behind().await)
    .await
    .unwrap();
    let told = login(place.clock.as_ref(), "ada");
    store.append(std::slice::from_ref(&told)).await.unwrap();
    let claim = store.claim(Area::Auth, 10, Duration::from_secs(60)).await.unwrap();
    assert_eq!(claim.events.iter().map(|outgoing| &outgoing.event).collect::<Vec<_>>(), [&told]);
    assert_eq!(place.count("SELECT count(*) FROM dead_event WHERE reader = 'relay'").await, 1);
}

#[tokio::test]
async fn an_event_that_is_appended_again_is_there_once() {
    let place = Place::new();
    let store = place.store().await;
    let told = login(place.clock.as_ref(), "ada");
    store.append(std::slice::from_ref(&told)).await.unwrap();
    store.append(&[told.clone(), login(place.clock.as_ref(), "ada")]).await.unwrap();
    assert_eq!(place.count("SELECT count(*) FROM event").await, 2);
}

/// SQLite itself goes on with a file that is gone, and answers for writes that nobody will find.
#[tokio::test]
async fn nothing_is_answered_for_a_file_that_is_gone_or_replaced() {
    let place = Place::new();
    let store = place.store().await;
    let ada = user("ada");
    store.save(&ada.id, Expected::Absent, UserChange::Register(ada.clone()), &[]).await.unwrap();
    let away = place.path().with_extension("away");
    std::fs::rename(place.path(), &away).unwrap();
    for replaced in [false, true] {
        if replaced {
            std::fs::write(place.path(), b"").unwrap();
        }
        let grace = user("grace");
        store.save(&grace.id, Expected::Absent, UserChange::Register(grace.clone()), &[]).await.unwrap_err();
        store.append(&[login(place.clock.as_ref(), "ada")]).await.unwrap_err();
        store.load(UserKey::Id(&ada.id)).await.unwrap_err();
        store.check().await.unwrap_err();
    }
    std::fs::rename(&away, place.path()).unwrap();
    assert!(store.load(UserKey::Id(&ada.id)).await.unwrap().is_some());
    assert_eq!(place.count(r#"SELECT count(*) FROM "user""#).await, 1, "what was refused is not there");
    let grace = user("grace");
    let saved =
        store.save(&grace.id, Expected::Absent, UserChange::Register(grace.clone()), &[]).await.unwrap();
    assert!(matches!(saved, SaveUser::Saved(_)));
}
