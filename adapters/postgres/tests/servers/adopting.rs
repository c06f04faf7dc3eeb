//! A table that another program made, and goes on writing to.

use crate::support::{Place, user};
use hexad_ports::{
    Expected, NotReady, Outbox, Prepare, SaveUser, UserChange, UserKey, UserStore,
    domain::{Area, EventKind, Field, PasswordHash, User, UserId, Username},
};
use hexad_postgres::{PostgresOptions, PostgresStore};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

async fn register(store: &PostgresStore, user: &User) -> SaveUser {
    store.save(&user.id, Expected::Absent, UserChange::Register(user.clone()), &[]).await.unwrap()
}

async fn refusal(place: &Place) -> String {
    let store = place.unprepared(&place.database.url, PostgresOptions::default());
    match store.prepare().await {
        Err(NotReady::Mistake(mistake)) => mistake.why,
        other => panic!("{other:?}"),
    }
}

/// The table as the older program sees it: its definition, and every row.
async fn picture(place: &Place) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat(a.attname, ' ', format_type(a.atttypid, a.atttypmod), ' ', a.attnotnull)
         FROM pg_attribute a WHERE a.attrelid = '\"user\"'::regclass AND a.attnum > 0
         UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '\"user\"'::regclass
         UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgrelid = '\"user\"'::regclass
         UNION ALL SELECT u::text FROM \"user\" AS u ORDER BY 1",
    )
    .fetch_all(&mut place.behind().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_adopted_table_stays_as_it_is() {
    let place = Place::adopted("VARCHAR(36)").await;
    place.run("INSERT INTO \"user\" VALUES ('1', 'ada', 'h', 'A', 'L', '1', 'a@b', 'London')").await;
    let before = picture(&place).await;
    let store = place.store().await;
    assert_eq!(picture(&place).await, before);
    let (ada, _) = store.load(UserKey::Username("ada")).await.unwrap().unwrap();
    assert_eq!(ada.id, UserId::from_stored("1"));
}

#[tokio::test]
async fn conflicts_are_named_whatever_the_constraints_are_called() {
    let place = Place::adopted("UUID").await;
    let store = place.store().await;
    let ada = user("ada");
    assert!(matches!(register(&store, &ada).await, SaveUser::Saved(_)));
    let both = User { email: ada.email.clone(), dni: ada.dni.clone(), ..user("other") };
    assert_eq!(register(&store, &both).await, SaveUser::Duplicate(vec![Field::Dni, Field::Email]));
    // Somebody gives a constraint another name while we run.
    place.run("ALTER TABLE \"user\" RENAME CONSTRAINT one_document TO two_documents").await;
    let other = User { dni: ada.dni.clone(), ..user("other") };
    assert_eq!(register(&store, &other).await, SaveUser::Duplicate(vec![Field::Dni]));
}

#[tokio::test]
async fn a_constraint_that_waits_for_the_commit_decides_all_the_same() {
    let place = Place::adopted("UUID").await;
    place
        .run(
            "DROP INDEX ix_user_username;
             ALTER TABLE \"user\" ADD CONSTRAINT late UNIQUE (username) DEFERRABLE INITIALLY DEFERRED",
        )
        .await;
    let store = place.store().await;
    assert!(matches!(register(&store, &user("ada")).await, SaveUser::Saved(_)));
    assert_eq!(register(&store, &user("ada")).await, SaveUser::Duplicate(vec![Field::Username]));
}

#[tokio::test]
async fn an_original_that_writes_beside_us_is_seen_and_never_overwritten() {
    let place = Place::new().await;
    let store = place.store().await;
    let ada = user("ada");
    register(&store, &ada).await;
    let (_, revision) = store.load(UserKey::Id(&ada.id)).await.unwrap().unwrap();
    // It changes the hash, and changes it back: the row holds what we read, and yet was changed twice.
    for hash in ["theirs", ada.password.expose()] {
        place.run(&format!("UPDATE \"user\" SET password = '{hash}' WHERE username = 'ada'")).await;
    }
    let change = UserChange::Rehash(PasswordHash::from_stored("ours"));
    let stale = store.save(&ada.id, Expected::At(revision), change.clone(), &[]).await.unwrap();
    assert_eq!(stale, SaveUser::Stale);
    let (_, revision) = store.load(UserKey::Id(&ada.id)).await.unwrap().unwrap();
    let saved = store.save(&ada.id, Expected::At(revision), change, &[]).await.unwrap();
    assert!(matches!(saved, SaveUser::Saved(_)), "{saved:?}");
    // A registration that it has not committed yet decides ours when it has.
    let mut theirs = sqlx::Connection::begin(Box::leak(Box::new(place.behind().await))).await.unwrap();
    sqlx::query(
        "INSERT INTO \"user\" VALUES (gen_random_uuid(), 'grace', 'h', 'G', 'H', '77', 'g@h', 'New York')",
    )
    .execute(&mut *theirs)
    .await
    .unwrap();
    let grace = user("grace");
    let (ours, ()) = tokio::join!(register(&store, &grace), async {
        while place.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()").await == 0 {}
        theirs.commit().await.unwrap();
    });
    assert_eq!(ours, SaveUser::Duplicate(vec![Field::Username]));
}

#[tokio::test]
async fn rows_are_read_even_where_constraints_were_lost() {
    let place = Place::adopted("TEXT").await;
    place
        .run("ALTER TABLE \"user\" ALTER city DROP NOT NULL, ALTER first_name DROP NOT NULL, ADD extra int")
        .await;
    place.run("INSERT INTO \"user\" VALUES ('x y', '', '', NULL, '', '', '', NULL)").await;
    let store = place.store().await;
    let (found, _) = store.load(UserKey::Username("")).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.city.as_str(), found.first_name.as_str()), ("x y", "", ""));
    for key in [UserKey::Username("a\0b"), UserKey::Email("\0"), UserKey::Id(&UserId::from_stored("x y\0"))] {
        assert_eq!(store.load(key).await.unwrap(), None, "no text of PostgreSQL holds U+0000");
    }
    assert_eq!(store.taken("\0", "", "\0").await.unwrap(), [Field::Dni]);
}

#[tokio::test]
async fn a_uuid_in_another_spelling_is_another_id() {
    let place = Place::new().await;
    let store = place.store().await;
    let ada = user("ada");
    register(&store, &ada).await;
    let id = ada.id.as_str();
    for other in [id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}"), "1".to_owned()] {
        assert_eq!(store.load(UserKey::Id(&UserId::from_stored(other))).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_lookup_uses_the_index_whatever_the_id_is() {
    for id in ["UUID", "TEXT", "VARCHAR(40)", "CHAR(36)"] {
        let place = Place::adopted(id).await;
        let store = place.store().await;
        let cast = if id == "UUID" { "::uuid" } else { "" };
        place
            .run(&format!(
                "INSERT INTO \"user\" SELECT gen_random_uuid()::text{cast}, n, 'h', 'A', 'L', n, n, 'London'
                 FROM generate_series(1, 5000) AS n; ANALYZE"
            ))
            .await;
        let scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'user'";
        let (found, _) = store.load(UserKey::Username("77")).await.unwrap().unwrap();
        place.run("SELECT pg_stat_force_next_flush()").await;
        let before = place.count(scans).await;
        for _ in 0..20 {
            assert!(store.load(UserKey::Id(&found.id)).await.unwrap().is_some());
        }
        drop(store);
        let ended = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hexad' AND datname = current_database()";
        while place.count(ended).await > 0 {}
        assert_eq!(place.count(scans).await, before, "{id}");
    }
}

#[tokio::test]
async fn a_missing_unique_constraint_is_told_with_its_cure() {
    for (spoil, column) in [
        ("DROP INDEX ix_user_username", "username"),
        ("ALTER TABLE \"user\" DROP CONSTRAINT one_document", "dni"),
        // Neither over all rows, nor over the column itself, nor over it alone.
        (
            "DROP INDEX ix_user_username; CREATE UNIQUE INDEX ON \"user\" (username) WHERE city <> ''",
            "username",
        ),
        ("DROP INDEX ix_user_username; CREATE UNIQUE INDEX ON \"user\" (lower(username))", "username"),
        ("DROP INDEX ix_user_username; CREATE UNIQUE INDEX ON \"user\" (username, dni)", "username"),
    ] {
        let place = Place::adopted("UUID").await;
        place.run(spoil).await;
        let why = refusal(&place).await;
        let cure = format!("ALTER TABLE \"public\".\"user\" ADD UNIQUE ({column})");
        assert!(why.contains(&cure), "{why}");
        let ours = "SELECT count(*) FROM pg_class WHERE relname LIKE 'hexad%'";
        assert_eq!(place.count(ours).await, 0, "nothing was made beside it");
        place.run(&cure).await;
        place.store().await;
    }
}

#[tokio::test]
async fn a_table_that_cannot_serve_is_told() {
    for (spoil, told) in [
        ("ALTER TABLE \"user\" DROP COLUMN city", "has no column city"),
        ("ALTER TABLE \"user\" ALTER id TYPE integer USING 1", "type int4"),
        ("ALTER TABLE \"user\" ALTER id TYPE varchar(20)", "36 characters"),
    ] {
        let place = Place::adopted("UUID").await;
        place.run(spoil).await;
        let why = refusal(&place).await;
        assert!(why.contains(told), "{why}");
    }
}

#[tokio::test]
async fn a_table_in_another_schema_is_found_by_the_path() {
    let place = Place::new().await;
    let role = place
        .role(
            "CREATE SCHEMA \"Odd \"\"one\" AUTHORIZATION WHO; ALTER ROLE WHO SET search_path = nowhere, \"Odd \"\"one\", public",
        )
        .await;
    let store = place.unprepared(&place.url_of(&role, "pw"), PostgresOptions::default());
    store.prepare().await.unwrap();
    let ada = user("ada");
    let told = EventKind::registered(&ada);
    let event = hexad_ports::domain::Event { kind: told, ..crate::support::login("ada") };
    let change = UserChange::Register(ada.clone());
    store.save(&ada.id, Expected::Absent, change, &[event]).await.unwrap();
    assert_eq!(store.claim(Area::User, 10, LEASE).await.unwrap().events.len(), 1);
    assert_eq!(place.count("SELECT count(*) FROM \"Odd \"\"one\".\"user\"").await, 1);
    assert_eq!(place.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await, 0);
    let found = store.load(UserKey::Username("ada")).await.unwrap().unwrap().0;
    assert_eq!(found.username, Username::from_stored("ada"));
}
