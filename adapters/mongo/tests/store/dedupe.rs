//! The operator's command for documents that the originals left twice.

use crate::support::Place;
use hexad_ports::{SessionStore, domain::UserId};
use mongodb::bson::{Document, doc};

fn document(id: &str, user: &str, created: &str) -> Document {
    doc! { "_id": id, "userId": user, "data": { "text": id }, "createdAt": created, "updatedAt": created }
}

#[tokio::test]
async fn duplicates_are_shown_and_then_deleted() {
    let place = Place::new();
    let (sessions, store) = (place.sessions().await, place.store().await);
    let documents = [
        document("a1", "ada", "2026-11-22T08:00:00Z"),
        document("a2", "ada", "2026-11-22T09:00:00Z"),
        document("b1", "barbara", "2026-11-22T08:00:00Z"),
        document("g1", "grace", "2026-11-22T08:00:00Z"),
        document("g2", "grace", "2026-11-22T07:00:00Z"),
        document("g3", "grace", "2026-11-22T06:00:00Z"),
    ];
    sessions.insert_many(documents).await.unwrap();
    let found = store.duplicates(None, 10).await.unwrap();
    assert_eq!(found.iter().map(|found| found.user.as_str()).collect::<Vec<_>>(), ["ada", "grace"]);
    assert_eq!(
        found[0].to_string(),
        "user \"ada\"\n  keep   a2 created 2026-11-22T09:00:00Z updated 2026-11-22T09:00:00Z\n  \
         delete a1 created 2026-11-22T08:00:00Z updated 2026-11-22T08:00:00Z"
    );
    // What no user's id can be is nobody's.
    let odd = [doc! { "userId": 7 }, doc! { "userId": 7 }, doc! {}, doc! {}];
    sessions.insert_many(odd).await.unwrap();
    assert_eq!(store.duplicates(None, 10).await.unwrap(), found);
    sessions.delete_many(doc! { "userId": { "$not": { "$type": "string" } } }).await.unwrap();
    let page = store.duplicates(None, 1).await.unwrap();
    assert_eq!((page.len(), page[0].user.as_str()), (1, "ada"));
    assert_eq!(store.duplicates(Some(&page[0].user), 1).await.unwrap()[0].user.as_str(), "grace");
    assert_eq!(sessions.count_documents(doc! {}).await.unwrap(), 6, "looking deletes nothing");

    // An original writes one of them after it was shown: that one stays.
    sessions.update_one(doc! { "_id": "g3" }, doc! { "$set": { "updatedAt": "now" } }).await.unwrap();
    assert_eq!(store.delete_superfluous(&found[0]).await.unwrap(), 1);
    assert_eq!(store.delete_superfluous(&found[0]).await.unwrap(), 0);
    assert_eq!(store.delete_superfluous(&found[1]).await.unwrap(), 1);
    let left = store.duplicates(None, 10).await.unwrap();
    assert_eq!(left[0].superfluous[0].id, "g3");
    for (user, id) in [("ada", "a2"), ("barbara", "b1"), ("grace", "g1")] {
        let (record, _) = store.load(&UserId::from_stored(user)).await.unwrap().unwrap();
        assert_eq!(record.session.unwrap().id.as_str(), id);
    }
}
