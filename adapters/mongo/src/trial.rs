//! Whether the server will take what this program writes, found out without writing anything. Where everything is
//! there already a start has nothing to write, and the first change would be the first to fail.

use crate::{
    MongoStore,
    connect::not_ready,
    document,
    failure::is_answer,
    store::{Collections, SCHEMA_ID, SESSIONS},
};
use futures_util::TryStreamExt;
use hexad_ports::{
    Concern, Mistake, NotReady, SessionStore,
    domain::{Session, SessionData, UserId},
};
use mongodb::{
    Database,
    bson::{Document, doc},
};

/// Tries the privileges to change and to delete: on no document.
pub(crate) async fn may_write(collections: &Collections) -> Result<(), NotReady> {
    let Collections { sessions, heads, service, .. } = collections;
    for collection in [&sessions.clone_with_type::<Document>(), heads, service] {
        let none = doc! { "_id": { "$in": [] } };
        collection.update_one(none.clone(), doc! { "$set": { "tried": true } }).await.map_err(not_ready)?;
        collection.delete_one(none).await.map_err(not_ready)?;
    }
    Ok(())
}

impl MongoStore {
    /// Tries the document of a new session on the validator that somebody has given the collection, if any: as a
    /// query, over a document of ours in whose place it is put.
    pub(crate) async fn try_validator(
        &self,
        database: &Database,
        collections: &Collections,
    ) -> Result<(), NotReady> {
        let Some(validator) = validator(database).await? else { return Ok(()) };
        let session = self.sample();
        let sample = document::new(&session, "0");
        let names: Vec<&str> = sample.keys().map(String::as_str).collect();
        let why = format!(
            "the validator of the collection {SESSIONS} refuses what this program writes, documents of {}",
            names.join(", ")
        );
        let stages = [
            doc! { "$match": { "_id": SCHEMA_ID } },
            doc! { "$replaceWith": { "$literal": sample } },
            doc! { "$match": validator },
        ];
        let passed = match collections.service.aggregate(stages).await {
            Ok(passed) => passed.try_collect::<Vec<_>>().await.map_err(not_ready)?,
            Err(error) if is_answer(&error) => {
                tracing::warn!(error = %error.kind, "the validator of {SESSIONS} could not be tried");
                return Ok(());
            }
            Err(error) => return Err(not_ready(error)),
        };
        if passed.is_empty() { Err(Mistake::new(Concern::Content, why).into()) } else { Ok(()) }
    }

    fn sample(&self) -> Session {
        let now = Some(self.now());
        Session {
            id: self.new_id(),
            user_id: UserId::from_stored("00000000-0000-7000-8000-000000000000"),
            data: SessionData::default(),
            created_at: now,
            updated_at: now,
            connected_at: now,
        }
    }
}

/// What the server asks of each document of the sessions.
async fn validator(database: &Database) -> Result<Option<Document>, NotReady> {
    let list = doc! { "listCollections": 1, "filter": { "name": SESSIONS } };
    let mut listed = database.run_cursor_command(list).await.map_err(not_ready)?;
    let Some(listed) = listed.try_next().await.map_err(not_ready)? else { return Ok(None) };
    let Ok(options) = listed.get_document("options") else { return Ok(None) };
    let idle = options.get_str("validationAction").is_ok_and(|action| action == "warn")
        || options.get_str("validationLevel").is_ok_and(|level| level == "off");
    Ok(options.get_document("validator").ok().filter(|validator| !idle && !validator.is_empty()).cloned())
}
