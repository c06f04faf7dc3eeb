//! What the stores hold, read without the services.

use crate::{
    Target,
    ledger::{Stored, StoredSession},
};
use futures_util::TryStreamExt;
use mongodb::{
    Client, Database,
    bson::{Bson, Document, doc},
};
use sqlx::{PgPool, Row, postgres::PgPoolOptions};
use std::{collections::HashSet, error::Error, time::Duration};

/// What goes wrong while a store is away.
pub type Away = Box<dyn Error + Send + Sync>;

/// PostgreSQL's own code for a table that is not there.
const UNDEFINED_TABLE: &str = "42P01";

/// The two stores of what was promised.
#[derive(Debug, Clone)]
pub struct Stores {
    users: PgPool,
    sessions: Database,
}

impl Stores {
    /// Those of the system.
    ///
    /// # Errors
    /// Where a URL is none.
    pub async fn of(target: &Target) -> Result<Self, Away> {
        let users = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy(&target.postgres)?;
        let client = Client::with_uri_str(&target.mongo).await?;
        let sessions = client.default_database().unwrap_or_else(|| client.database("test"));
        Ok(Stores { users, sessions })
    }

    /// What is stored of the people whose names begin so.
    ///
    /// # Errors
    /// Where a store is away.
    pub async fn read(&self, prefix: &str) -> Result<Stored, Away> {
        let mut stored = Stored::default();
        let query = r#"SELECT username, id::text AS id FROM "user" WHERE left(username, $2) = $1"#;
        let length = i32::try_from(prefix.len())?;
        for row in sqlx::query(query).bind(prefix).bind(length).fetch_all(&self.users).await? {
            stored.users.insert(row.try_get("username")?, row.try_get("id")?);
        }
        let ids: Vec<&String> = stored.users.values().collect();
        let sessions = self.sessions.collection::<Document>("sessions");
        let found = sessions.find(doc! { "userId": { "$in": ids } }).await?;
        for document in found.try_collect::<Vec<Document>>().await? {
            let user = document.get_str("userId")?.to_owned();
            stored.sessions.insert(user, session(&document));
        }
        stored.events = self.events(prefix).await?;
        Ok(stored)
    }

    /// The ids of the events that are stored beside the users; `None` where that table is not there.
    async fn events(&self, prefix: &str) -> Result<Option<HashSet<String>>, Away> {
        let query = "SELECT id::text FROM hexad_event WHERE substring(subject FROM 1 FOR $2) = $1";
        let length = i32::try_from(prefix.len())?;
        let found =
            sqlx::query_scalar(query).bind(prefix.as_bytes()).bind(length).fetch_all(&self.users).await;
        match found {
            Ok(ids) => Ok(Some(ids.into_iter().collect())),
            Err(error) => match error.as_database_error().and_then(|error| error.code()) {
                Some(code) if code == UNDEFINED_TABLE => Ok(None),
                _ => Err(error.into()),
            },
        }
    }
}

fn session(document: &Document) -> StoredSession {
    let marks = document.get_document("data").into_iter().flat_map(Document::keys);
    StoredSession {
        id: match document.get("_id") {
            Some(Bson::ObjectId(id)) => id.to_hex(),
            Some(Bson::String(id)) => id.clone(),
            other => format!("{other:?}"),
        },
        marks: marks.filter_map(|name| name.strip_prefix('w')?.parse().ok()).collect(),
        connected_at: document.get_datetime("connectedAt").map_or(0, |at| at.timestamp_millis()),
    }
}
