//! Going to the server the first time.

use crate::{
    forbidding::forbidding,
    support::{Place, ada},
};
use hexad_mongo::MongoOptions;
use hexad_ports::{Concern, NotReady, Outbox, Prepare, Probe, SessionStore, domain::Area};
use mongodb::{
    IndexModel,
    bson::{Document, doc},
};
use std::time::{Duration, Instant};

#[tokio::test]
async fn nothing_waits_for_a_store_that_is_not_prepared() {
    let place = Place::new();
    let store = place.unprepared(&place.database.uri, MongoOptions::default());
    let asked = async {
        store.load(&ada()).await.unwrap_err();
        store.check().await.unwrap_err();
        store.prune().await.unwrap_err();
        store.claim(Area::Session, 1, Duration::from_secs(1)).await.unwrap_err();
    };
    tokio::time::timeout(Duration::from_millis(500), asked).await.expect("at once");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_away() {
    let place = Place::new();
    let begun = Instant::now();
    let store = place.unprepared("mongodb://127.0.0.1:9/x", MongoOptions::default());
    assert!(matches!(store.prepare().await, Err(NotReady::Away(_))));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_encryption_that_the_server_does_not_speak_is_a_mistake() {
    let place = Place::new();
    let store = place.unprepared(&format!("{}?tls=true", place.database.uri), MongoOptions::default());
    let begun = Instant::now();
    let refused = store.prepare().await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    // A server that speaks no TLS just hangs up, which may be an outage as well: only what is certain is a mistake.
    assert!(
        matches!(&refused, NotReady::Away(_))
            || matches!(&refused, NotReady::Mistake(m) if m.about == Concern::Encryption)
    );
    let missing = format!("{}?tls=true&tlsCAFile=/nonexistent/ca.pem", place.database.uri);
    let refused = place.unprepared(&missing, MongoOptions::default()).prepare().await.unwrap_err();
    assert!(matches!(refused, NotReady::Mistake(mistake) if mistake.about == Concern::Encryption));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let place = Place::new();
    place.store().await;
    let service = place.behind().await.collection::<mongodb::bson::Document>("session_service");
    service.update_one(doc! { "_id": "schema" }, doc! { "$set": { "version": 2 } }).await.unwrap();
    let refused = place.unprepared(&place.database.uri, MongoOptions::default()).prepare().await.unwrap_err();
    assert!(matches!(refused, NotReady::Mistake(mistake) if mistake.about == Concern::Content));
}

#[tokio::test]
async fn eight_prepare_an_empty_database_at_once_and_again() {
    let place = Place::new();
    let stores: Vec<_> =
        (0..8).map(|_| place.unprepared(&place.database.uri, MongoOptions::default())).collect();
    let prepared = stores.iter().map(|store| async move {
        store.prepare().await.expect("ready");
        store.prepare().await.expect("ready again");
        assert_eq!(store.load(&ada()).await.unwrap(), None);
    });
    futures_util::future::join_all(prepared).await;
    assert_eq!(place.sessions().await.list_index_names().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_index_of_somebody_elses_does() {
    let place = Place::new();
    let sessions = place.sessions().await;
    let theirs = IndexModel::builder().keys(doc! { "userId": 1, "createdAt": -1 }).build();
    sessions.create_index(theirs).await.unwrap();
    place.store().await;
    assert_eq!(sessions.list_index_names().await.unwrap().len(), 2);
}

/// Where everything is there already a start has nothing to write, and only the first change would show it.
#[tokio::test]
async fn a_user_who_may_not_write_is_a_mistake() {
    let place = Place::new();
    place.store().await;
    for commands in [&["insert", "update", "delete", "findAndModify"][..], &["update"], &["delete"]] {
        let address = forbidding(&place.database.address, commands).await;
        let uri = place.database.through(&address);
        let refused = place.unprepared(&uri, MongoOptions::default()).prepare().await.unwrap_err();
        let NotReady::Mistake(mistake) = refused else { panic!("{refused:?}") };
        assert_eq!(mistake.about, Concern::Privilege);
        assert!(mistake.why.contains("readWrite"), "{mistake}");
    }
    let address = forbidding(&place.database.address, &[]).await;
    let uri = place.database.through(&address);
    place.unprepared(&uri, MongoOptions::default()).prepare().await.expect("ready");
}

/// As strict as one can be with what the originals write: `room` says whether there is room for what they do not know.
fn schema(room: bool) -> Document {
    let text = || doc! { "bsonType": "string" };
    let date = || doc! { "bsonType": "date" };
    doc! { "$jsonSchema": {
        "bsonType": "object",
        "required": ["userId", "data", "createdAt", "updatedAt"],
        "additionalProperties": room,
        "properties": {
            "_id": { "bsonType": "objectId" }, "userId": text(), "data": { "bsonType": "object" },
            "createdAt": date(), "updatedAt": date(),
        },
    } }
}

#[tokio::test]
async fn a_validator_that_refuses_what_is_written_is_a_mistake() {
    for (validator, action, level, does) in [
        (schema(true), "error", "strict", true),
        (schema(false), "error", "strict", false),
        (schema(false), "error", "moderate", false),
        (schema(false), "warn", "strict", true),
        (schema(false), "error", "off", true),
        (doc! { "hexadRevision": { "$exists": false } }, "error", "strict", false),
    ] {
        let place = Place::new();
        let create = doc! {
            "create": "sessions", "validator": &validator, "validationAction": action, "validationLevel": level,
        };
        place.behind().await.run_command(create).await.unwrap();
        let prepared = place.unprepared(&place.database.uri, MongoOptions::default()).prepare().await;
        match prepared {
            Ok(()) => assert!(does, "{validator} {action} {level}"),
            Err(NotReady::Mistake(mistake)) => {
                assert!(!does, "{validator} {action} {level}: {mistake}");
                assert_eq!(mistake.about, Concern::Content);
                assert!(mistake.why.contains("validator"), "{mistake}");
            }
            Err(away) => panic!("{away:?}"),
        }
        assert_eq!(place.sessions().await.count_documents(doc! {}).await.unwrap(), 0);
        if does && action == "error" {
            let store = place.store().await;
            crate::support::open(&store, &place.clock, &ada()).await;
        }
    }
}
