//! Opening a file that is new, old, newer or no database at all.

use crate::support::{Distinct, Place, SteeredClock};
use hexad_ports::Probe;
use hexad_sqlite::{OpenError, SqliteOptions, SqliteStore};
use std::{os::unix::fs::PermissionsExt, sync::Arc};

async fn try_open(place: &Place) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(place.path(), SqliteOptions::default(), SteeredClock::new(), Arc::new(Distinct)).await
}

#[tokio::test]
async fn only_the_owner_can_read_what_is_made() {
    let place = Place::new();
    let store = place.store().await;
    store.check().await.unwrap();
    crate::support::tell_login(&store, place.clock.as_ref(), "ada").await;
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(place.path().parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    assert!(seen.contains(&"hexad.db-wal".to_owned()), "{seen:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let place = Place::new();
    place.store().await;
    sqlx::raw_sql(
        "CREATE TABLE of_the_future (x);
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of the future', TRUE, x'00', 1)",
    )
    .execute(&mut place.behind().await)
    .await
    .unwrap();
    match try_open(&place).await {
        Err(OpenError::Newer { found: 9999, known }) => assert!(known < 9999),
        other => panic!("{other:?}"),
    }
    assert_eq!(place.count("SELECT count(*) FROM of_the_future").await, 0);
}

#[tokio::test]
async fn an_altered_schema_is_refused() {
    let place = Place::new();
    place.store().await;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = x'00'")
        .execute(&mut place.behind().await)
        .await
        .unwrap();
    assert!(matches!(try_open(&place).await, Err(OpenError::Foreign(_))));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let place = Place::new();
    std::fs::write(place.path(), "a letter to my aunt, long enough to be no header of anything").unwrap();
    assert!(matches!(try_open(&place).await, Err(OpenError::Sqlite(_))));
    assert!(std::fs::read_to_string(place.path()).unwrap().starts_with("a letter"));
}

#[tokio::test]
async fn a_folder_that_is_missing_is_said_to_be() {
    let place = Place::new();
    let path = place.path().parent().unwrap().join("missing/hexad.db");
    let opened =
        SqliteStore::open(path, SqliteOptions::default(), SteeredClock::new(), Arc::new(Distinct)).await;
    assert!(matches!(opened, Err(OpenError::File { .. })), "{opened:?}");
}

#[tokio::test]
async fn what_an_interrupted_start_left_is_taken_up() {
    let place = Place::new();
    // Killed between making the file and its schema.
    std::fs::write(place.path(), "").unwrap();
    try_open(&place).await.unwrap().check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_at_the_same_moment_open_a_file_that_is_new() {
    for _ in 0..10 {
        let place = Arc::new(Place::new());
        let start = Arc::new(tokio::sync::Barrier::new(16));
        let openings = (0..16).map(|_| {
            let (place, start) = (Arc::clone(&place), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                try_open(&place).await.expect("a store").check().await.expect("an answer");
            })
        });
        for opening in openings.collect::<Vec<_>>() {
            opening.await.unwrap();
        }
    }
}
