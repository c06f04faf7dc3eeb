//! Going to the server the first time: whether it will do, and the few things that have to be there.

use crate::{
    MongoStore,
    connect::not_ready,
    failure::{Failure, is_duplicate_key},
    store::{Collections, HEADS, SCHEMA_ID, SERVICE, SESSION_STORE, SESSIONS},
    trial,
};
use futures_util::TryStreamExt;
use hexad_ports::{Concern, Mistake, NotReady, Prepare, Unavailable, async_trait};
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Document, doc},
    options::IndexOptions,
};
use std::time::Duration;
use tokio::time::timeout;

/// The version of what stands in them. A program refuses one that is greater than its own.
const SCHEMA: i32 = 1;

/// From MongoDB 5.0 on (this number is its protocol's) names of fields may begin with `$` and have dots.
const MONGODB_5: i32 = 13;

/// How long all may take but building an index over what is there.
const PATIENCE: Duration = Duration::from_secs(9);
const BUILDING: Duration = Duration::from_secs(3600);

#[async_trait]
impl Prepare for MongoStore {
    async fn prepare(&self) -> Result<(), NotReady> {
        let store = self.clone();
        let task = tokio::spawn(async move { store.make_ready().await });
        task.await.unwrap_or_else(|broken| Err(NotReady::Away(Unavailable::new(SESSION_STORE, broken))))
    }
}

impl MongoStore {
    async fn make_ready(&self) -> Result<(), NotReady> {
        let too_slow = |_| NotReady::Away(Failure::TooSlow(PATIENCE).unavailable(SESSION_STORE));
        let (collections, missing) = timeout(PATIENCE, self.look()).await.map_err(too_slow)??;
        for (collection, index) in missing {
            timeout(BUILDING, collection.create_index(index)).await.map_err(too_slow)?.map_err(not_ready)?;
        }
        self.keep(collections);
        Ok(())
    }

    async fn look(&self) -> Result<(Collections, Vec<(Collection<Document>, IndexModel)>), NotReady> {
        let collections = match self.collections() {
            Ok(prepared) => prepared.clone(),
            Err(_) => {
                let client = self.target().client(self.options()).await.map_err(not_ready)?;
                let database = client.database(&self.target().database);
                Collections {
                    sessions: database.collection(SESSIONS),
                    heads: database.collection(HEADS),
                    service: database.collection(SERVICE),
                    client,
                }
            }
        };
        let database = collections.client.database(&self.target().database);
        new_enough(&database).await?;
        agree_on_schema(&collections.service).await?;
        trial::may_write(&collections).await?;
        self.try_validator(&database, &collections).await?;
        let sessions: Collection<Document> = database.collection(SESSIONS);
        let mut missing = Vec::new();
        for (collection, index) in [
            // The originals look a session up by its user and have no index for it. Not unique: they left duplicates.
            (sessions, IndexModel::builder().keys(doc! { "userId": 1 }).build()),
            (collections.heads.clone(), named("waiting", doc! { "waiting": 1, "since": 1 })),
            (collections.heads.clone(), named("unfinished", doc! { "redo.at": 1 })),
            (collections.heads.clone(), named("due", doc! { "due": 1 })),
        ] {
            if !is_there(&collection, &index).await? {
                missing.push((collection, index));
            }
        }
        Ok((collections, missing))
    }
}

fn named(name: &str, keys: Document) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).sparse(true).build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// Whether there is an index that begins with the same field, under whatever name.
async fn is_there(collection: &Collection<Document>, index: &IndexModel) -> Result<bool, NotReady> {
    let wanted = index.keys.keys().next();
    let indexes = match collection.list_indexes().await {
        Ok(indexes) => indexes.try_collect::<Vec<_>>().await.map_err(not_ready)?,
        // The collection is not there yet.
        Err(error) if crate::failure::code(&error) == Some(26) => return Ok(false),
        Err(error) => return Err(not_ready(error)),
    };
    Ok(indexes.iter().any(|index| {
        let partial =
            index.options.as_ref().is_some_and(|options| options.partial_filter_expression.is_some());
        index.keys.keys().next() == wanted && !partial
    }))
}

async fn new_enough(database: &Database) -> Result<(), NotReady> {
    let hello = database.run_command(doc! { "hello": 1 }).await.map_err(not_ready)?;
    if hello.get_i32("maxWireVersion").unwrap_or_default() < MONGODB_5 {
        let why = "the server is older than MongoDB 5.0, which is the oldest that serves";
        return Err(Mistake::new(Concern::Content, why).into());
    }
    Ok(())
}

/// Writes down the version of the schema where none is, and refuses a newer one.
async fn agree_on_schema(service: &Collection<Document>) -> Result<(), NotReady> {
    let this = doc! { "_id": SCHEMA_ID };
    let found = service.find_one(this).await.map_err(not_ready)?;
    let Some(found) = found else {
        return match service.insert_one(doc! { "_id": SCHEMA_ID, "version": SCHEMA }).await {
            Ok(_) => Ok(()),
            // Another process was quicker: then it was this program, or it will refuse what it finds next time.
            Err(error) if is_duplicate_key(&error) => Ok(()),
            Err(error) => Err(not_ready(error)),
        };
    };
    match found.get_i32("version") {
        Ok(version) if version <= SCHEMA => Ok(()),
        _ => Err(Mistake::new(
            Concern::Content,
            format!("the collection {SERVICE} says that a newer program has been here: this one knows version {SCHEMA}"),
        )
        .into()),
    }
}
