//! The first visit: by many at once, and what is told where it cannot succeed.

use crate::support::{Place, tell_login};
use hexad_ports::{Concern, EventLog, NotReady, Prepare, Probe, UserKey, UserStore};
use hexad_postgres::{Access, PostgresOptions};
use hexad_stage::{Mode, Proxy};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

async fn outcome(place: &Place, url: &str) -> Result<(), NotReady> {
    let store = place.unprepared(url, PostgresOptions::default());
    let outcome = timeout(Duration::from_secs(10), store.prepare()).await.expect("an answer in ten seconds");
    assert_eq!(store.check().await.is_ok(), outcome.is_ok(), "what is not ready does not answer");
    outcome
}

/// What is wrong, and where: on one line and without the password.
async fn mistake(place: &Place, url: &str) -> (Concern, String) {
    match outcome(place, url).await {
        Err(NotReady::Mistake(mistake)) => {
            assert!(!mistake.why.contains("hexad:") && !mistake.why.contains('\n'), "{mistake}");
            assert!(!mistake.why.contains("wrong-secret"), "{mistake}");
            (mistake.about, mistake.why)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_prepare_an_empty_database_at_once() {
    let place = Arc::new(Place::new().await);
    let preparing = (0..8).map(|_| {
        let place = Arc::clone(&place);
        tokio::spawn(async move { tell_login(&place.store().await, "ada").await })
    });
    for prepared in preparing.collect::<Vec<_>>() {
        prepared.await.unwrap();
    }
    assert_eq!(place.count("SELECT count(*) FROM hexad_event").await, 8);
}

#[tokio::test]
async fn nothing_answers_before_it_is_prepared() {
    let place = Place::new().await;
    let store = place.unprepared(&place.database.url, PostgresOptions::default());
    assert!(store.check().await.is_err());
    assert!(store.append(&[crate::support::login("ada")]).await.is_err());
    assert!(store.load(UserKey::Username("ada")).await.is_err());
    assert_eq!(place.count("SELECT count(*) FROM pg_class WHERE relname LIKE 'hexad%'").await, 0);
}

#[tokio::test]
async fn what_an_operator_has_to_mend_is_told() {
    let place = Place::new().await;
    let (address, name) = (place.database.address.clone(), place.database.name.clone());
    let (about, why) = mistake(&place, &format!("postgres://nobody:wrong-secret@{address}/{name}")).await;
    assert_eq!(about, Concern::Credentials, "{why}");
    let role = place.role("").await;
    let (about, why) = mistake(&place, &place.url_of(&role, "wrong-secret")).await;
    assert_eq!(about, Concern::Credentials, "{why}");
    let (about, why) = mistake(&place, &format!("{}_not", place.database.url)).await;
    assert_eq!(about, Concern::Name, "{why}");
    // From PostgreSQL 15 on, nobody but the owner makes tables in a new database.
    let (about, why) = mistake(&place, &place.url_of(&role, "pw")).await;
    assert_eq!(about, Concern::Privilege, "{why}");
}

#[tokio::test]
async fn a_server_that_is_away_may_come_back() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.database.address).await;
    let url = place.database.through(&proxy.address());
    for mode in [Mode::Refuse, Mode::Cut, Mode::Blackhole] {
        proxy.set(mode);
        let away = outcome(&place, &url).await;
        assert!(matches!(away, Err(NotReady::Away(_))), "{mode:?}: {away:?}");
    }
    proxy.set(Mode::Pass);
    outcome(&place, &url).await.unwrap();
    let nowhere = "postgres://hexad:hexad@nowhere.invalid/x";
    assert!(matches!(outcome(&place, nowhere).await, Err(NotReady::Away(_))));
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let place = Place::new().await;
    place.store().await;
    place.run("INSERT INTO hexad_migrations VALUES (9999, 'later', now(), true, '', 0)").await;
    let (about, why) = mistake(&place, &place.database.url).await;
    assert_eq!(about, Concern::Content);
    assert!(why.contains("9999") && why.contains("newer program"), "{why}");
}

#[tokio::test]
async fn a_schema_that_somebody_changed_is_told() {
    let place = Place::new().await;
    place.store().await;
    place.run("UPDATE hexad_migrations SET checksum = 'x'").await;
    assert_eq!(mistake(&place, &place.database.url).await.0, Concern::Content);
}

#[tokio::test]
async fn migrations_of_another_program_are_not_ours() {
    let place = Place::new().await;
    place
        .run("CREATE TABLE _sqlx_migrations (version text); INSERT INTO _sqlx_migrations VALUES ('theirs')")
        .await;
    place.store().await;
    assert_eq!(place.count("SELECT count(*) FROM _sqlx_migrations").await, 1);
}

#[tokio::test]
async fn who_may_only_read_reads() {
    let place = Place::new().await;
    place.store().await;
    let role = place
        .role("GRANT SELECT ON \"user\", hexad_session, hexad_revocation, hexad_migrations TO WHO")
        .await;
    let url = place.url_of(&role, "pw");
    let (about, why) = mistake(&place, &url).await;
    assert_eq!(about, Concern::Privilege);
    assert!(why.contains("INSERT on hexad_event") && why.contains("UPDATE on \"user\""), "{why}");
    let reader = PostgresOptions { access: Access::Read, ..PostgresOptions::default() };
    let store = place.unprepared(&url, reader.clone());
    store.prepare().await.unwrap();
    assert_eq!(store.load(UserKey::Username("ada")).await.unwrap(), None);
    store.check().await.unwrap();
    place.run(&format!("REVOKE SELECT ON \"user\" FROM {role}")).await;
    let refused = place.unprepared(&url, reader).prepare().await;
    assert!(refused.unwrap_err().to_string().contains("SELECT on \"user\""));
}

#[tokio::test]
async fn encryption_is_as_the_url_says() {
    let place = Place::new().await;
    let authority = place.database.authority.clone().expect("HEXAD_TEST_POSTGRES_CA");
    let url = |query: &str| format!("{}?{query}", place.database.url);
    for query in ["sslmode=disable", "sslmode=require", &format!("sslmode=verify-ca&sslrootcert={authority}")]
    {
        outcome(&place, &url(query)).await.expect(query);
    }
    // Its authority is nobody's whom the system knows.
    let (about, why) = mistake(&place, &url("sslmode=verify-full")).await;
    assert_eq!(about, Concern::Encryption, "{why}");
    let (about, why) = mistake(&place, &url("sslmode=verify-full&sslrootcert=/no/such/file")).await;
    assert_eq!(about, Concern::Encryption, "{why}");
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                     WHERE ssl AND application_name = 'hexad' AND datname = current_database()";
    let store = place.unprepared(&url("sslmode=require"), PostgresOptions::default());
    store.prepare().await.unwrap();
    store.check().await.unwrap();
    assert_eq!(place.count(encrypted).await, 1);
}
