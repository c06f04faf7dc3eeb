//! Documents that the originals wrote, and the originals writing beside us.

use crate::support::{Place, ada, data, loaded, open, save, saved};
use hexad_ports::{
    SaveSession, SessionStore,
    domain::{SessionChange, SessionRecord, Timestamp},
};
use mongodb::bson::{Binary, Bson, DateTime, Decimal128, Document, doc, oid::ObjectId, spec::BinarySubtype};
use serde_json::json;
use std::time::Duration;

fn date(text: &str) -> DateTime {
    DateTime::from_millis(Timestamp::parse(text).unwrap().unix_millis())
}

/// As the originals insert one.
fn original(text: &str, created: &str) -> Document {
    doc! {
        "_id": ObjectId::new(),
        "userId": ada().as_str(),
        "data": { "text": text },
        "createdAt": date(created),
        "updatedAt": date(created),
    }
}

const MORNING: &str = "2026-11-22T08:00:00.128Z";
const EVENING: &str = "2026-11-22T20:00:00.128Z";

#[tokio::test]
async fn an_originals_document_is_a_session() {
    let (place, document) = (Place::new(), original("hi", MORNING));
    place.sessions().await.insert_one(&document).await.unwrap();
    let (record, _) = loaded(&place.store().await, &ada()).await;
    let session = record.session.unwrap();
    assert_eq!(session.id.as_str(), document.get_object_id("_id").unwrap().to_hex());
    assert_eq!(session.data, data(json!({"text": "hi"})));
    assert_eq!(session.last_connection(), Timestamp::parse(MORNING));
    assert_eq!((session.connected_at, record.revoked_through), (None, None));
}

#[tokio::test]
async fn whatever_a_document_holds_it_is_read() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let id = ObjectId::new();
    let odd = doc! {
        "when": date(MORNING), "id": id, "nan": f64::NAN, "long": i64::MAX, "nothing": Bson::Undefined,
        "price": "9.99".parse::<Decimal128>().unwrap(), "symbol": Bson::Symbol("s".to_owned()),
        "bytes": Binary { subtype: BinarySubtype::Generic, bytes: vec![1, 2, 3] },
        "min": Bson::MinKey, "max": Bson::MaxKey, "stamp": Bson::Timestamp(mongodb::bson::Timestamp { time: 1, increment: 2 }),
    };
    let read = json!({
        "when": MORNING, "id": id.to_hex(), "nan": null, "long": i64::MAX, "nothing": null,
        "price": {"$numberDecimal": "9.99"}, "symbol": "s", "bytes": "AQID",
        "min": {"$minKey": 1}, "max": {"$maxKey": 1}, "stamp": {"$timestamp": {"t": 1, "i": 2}},
    });
    for (held, expected) in [
        (Bson::Document(odd), read),
        (Bson::String("text".to_owned()), json!({})),
        (Bson::Null, json!({})),
        (Bson::Array(vec![Bson::Int32(1)]), json!({})),
    ] {
        sessions.delete_many(doc! {}).await.unwrap();
        sessions.insert_one(doc! { "_id": 7, "userId": ada().as_str(), "data": held }).await.unwrap();
        let session = loaded(&store, &ada()).await.0.session.unwrap();
        assert_eq!((session.id.as_str(), session.data.to_value()), ("7", expected));
        assert_eq!(session.last_connection(), None);
    }
    for (created, read) in [
        (Bson::from(MORNING), Timestamp::parse(MORNING)),
        (Bson::from("yesterday"), None),
        (Bson::Int32(5), None),
    ] {
        sessions.update_one(doc! {}, doc! { "$set": { "createdAt": created } }).await.unwrap();
        let session = loaded(&store, &ada()).await.0.session.unwrap();
        assert_eq!(session.created_at, read);
    }
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_touch() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let stored = doc! {
        "_id": "own id", "userId": ada().as_str(), "createdAt": MORNING, "extra": { "a": 1 },
        "data": { "text": "hi", "when": date(MORNING), "deep": { "when": date(MORNING), "n": 1 }, "list": [date(MORNING), 1] },
    };
    sessions.insert_one(&stored).await.unwrap();
    let (record, mut revision) = loaded(&store, &ada()).await;
    let mut session = record.session.unwrap();
    // First by paths, then, since such a name is no path, by putting a whole object in its place.
    for name in ["text", "a.b"] {
        let patch = data(json!({ name: "ho", "deep": {"n": 2}, "list": [MORNING, 2] }));
        session.data = session.data.merge(patch).unwrap();
        session.updated_at = Timestamp::parse(EVENING);
        revision =
            saved(save(&store, &ada(), Some(revision), &SessionChange::Update(session.clone()), &[]).await);
        let present = sessions.find_one(doc! {}).await.unwrap().unwrap();
        let kept = present.get_document("data").unwrap();
        assert_eq!(kept.get_datetime("when").unwrap(), &date(MORNING));
        assert_eq!(kept.get_document("deep").unwrap().get_datetime("when").unwrap(), &date(MORNING));
        assert_eq!(kept.get_array("list").unwrap(), &vec![date(MORNING).into(), Bson::Int32(2)]);
        assert_eq!(kept.get_str(name).unwrap(), "ho");
        assert_eq!(present.get_str("createdAt").unwrap(), MORNING, "it stays the text it was");
        assert_eq!(present.get("extra"), stored.get("extra"));
        assert_eq!(present.get_datetime("updatedAt").unwrap(), &date(EVENING));
        assert_eq!(
            loaded(&store, &ada()).await,
            (
                hexad_ports::domain::SessionRecord { session: Some(session.clone()), revoked_through: None },
                revision.clone()
            )
        );
    }
}

#[tokio::test]
async fn integers_past_those_of_bson_come_back() {
    let place = Place::new();
    let store = place.store().await;
    let (mut session, revision) = open(&store, &place.clock, &ada()).await;
    session.data = data(json!({"n": u64::MAX, "m": [(1_u64 << 63)], "k": i64::MIN}));
    saved(save(&store, &ada(), Some(revision), &SessionChange::Update(session.clone()), &[]).await);
    assert_eq!(loaded(&store, &ada()).await.0.session.unwrap().data, session.data);
}

#[tokio::test]
async fn an_originals_write_makes_a_loaded_session_stale() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let (mut session, opened) = open(&store, &place.clock, &ada()).await;
    // The original's own update.
    let theirs = doc! { "$set": { "data.text": "theirs", "updatedAt": date(EVENING) } };
    sessions.find_one_and_update(doc! { "userId": ada().as_str() }, theirs).await.unwrap().unwrap();
    session.data = data(json!({"text": "ours"}));
    let change = SessionChange::Update(session);
    assert_eq!(save(&store, &ada(), Some(opened.clone()), &change, &[]).await, SaveSession::Stale);
    let (record, present) = loaded(&store, &ada()).await;
    assert_ne!(present, opened);
    assert_eq!(record.session.unwrap().data, data(json!({"text": "theirs"})));
    saved(save(&store, &ada(), Some(present), &change, &[]).await);
    assert_eq!(loaded(&store, &ada()).await.0.session.unwrap().data, data(json!({"text": "ours"})));
}

#[tokio::test]
async fn what_an_original_deletes_is_gone_and_what_it_inserts_is_there() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let (_, opened) = open(&store, &place.clock, &ada()).await;
    sessions.delete_one(doc! { "userId": ada().as_str() }).await.unwrap();
    let (record, gone) = loaded(&store, &ada()).await;
    assert_eq!(record.session, None);
    assert_ne!(gone, opened);
    sessions.insert_one(original("theirs", EVENING)).await.unwrap();
    let (record, there) = loaded(&store, &ada()).await;
    assert_eq!(record.session.unwrap().data, data(json!({"text": "theirs"})));
    assert_ne!(there, gone);
    // A revocation of ours outlives what they do.
    let through = Timestamp::parse(EVENING).unwrap();
    saved(save(&store, &ada(), Some(there), &SessionChange::End { revoked_through: through }, &[]).await);
    assert_eq!(sessions.count_documents(doc! {}).await.unwrap(), 0);
    sessions.insert_one(original("again", EVENING)).await.unwrap();
    assert_eq!(loaded(&store, &ada()).await.0.revoked_through, Some(through));
}

#[tokio::test]
async fn of_several_documents_the_newest_counts_and_an_end_ends_them_all() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let mut as_text = original("as text", "2026-11-22T21:00:00Z");
    as_text.insert("createdAt", "2026-11-22T21:00:00Z");
    let undated = doc! { "_id": "z", "userId": ada().as_str(), "data": { "text": "undated" } };
    sessions
        .insert_many([original("new", EVENING), as_text, original("old", MORNING), undated])
        .await
        .unwrap();
    let (record, revision) = loaded(&store, &ada()).await;
    let mut session = record.session.unwrap();
    assert_eq!(session.data, data(json!({"text": "as text"})));
    session.data = data(json!({"text": "ours"}));
    let revision =
        saved(save(&store, &ada(), Some(revision), &SessionChange::Update(session.clone()), &[]).await);
    assert_eq!(sessions.count_documents(doc! {}).await.unwrap(), 4, "none was deleted");
    let (record, present) = loaded(&store, &ada()).await;
    assert_eq!((record.session.unwrap(), &present), (session, &revision));
    let end = SessionChange::End { revoked_through: Timestamp::parse(EVENING).unwrap() };
    saved(save(&store, &ada(), Some(revision), &end, &[]).await);
    assert_eq!(store.load(&ada()).await.unwrap().unwrap().0.session, None);
    assert_eq!(sessions.count_documents(doc! {}).await.unwrap(), 0);
}

#[tokio::test]
async fn a_newer_document_of_an_original_takes_the_place_of_ours_and_an_older_one_does_not() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let (mut ours, _) = open(&store, &place.clock, &ada()).await;
    let newer = ours.connected_at.unwrap().saturating_add(Duration::from_secs(60));
    let newer = DateTime::from_millis(newer.unix_millis());
    let theirs = |text, at: DateTime| {
        let mut theirs = original(text, EVENING);
        theirs.insert("createdAt", at);
        theirs
    };
    sessions.insert_one(theirs("older", DateTime::from_millis(0))).await.unwrap();
    assert_eq!(loaded(&store, &ada()).await.0.session.unwrap(), ours);
    sessions.insert_one(theirs("newer", newer)).await.unwrap();
    let (record, revision) = loaded(&store, &ada()).await;
    let session = record.session.unwrap();
    assert_eq!(session.data, data(json!({"text": "newer"})));
    assert_eq!(
        session.last_connection().unwrap().unix_millis(),
        newer.timestamp_millis(),
        "the last connection is theirs too"
    );
    // From here on it is the session: what is changed is that, and an end ends all of them.
    ours = session;
    ours.data = data(json!({"text": "changed"}));
    let revision =
        saved(save(&store, &ada(), Some(revision), &SessionChange::Update(ours.clone()), &[]).await);
    assert_eq!(
        loaded(&store, &ada()).await,
        (SessionRecord { session: Some(ours), revoked_through: None }, revision.clone())
    );
    let end = SessionChange::End { revoked_through: Timestamp::parse(EVENING).unwrap() };
    saved(save(&store, &ada(), Some(revision), &end, &[]).await);
    assert_eq!(sessions.count_documents(doc! {}).await.unwrap(), 0);
}
