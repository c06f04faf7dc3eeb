//! Whether the file is there and can be read.

use crate::SqliteStore;
use hexad_ports::{Probe, Unavailable, async_trait, domain::Timestamp};

const DATABASE: &str = "the database";

const QUERY: &str =
    "SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) FROM (SELECT count(*) FROM sqlite_schema)";

#[async_trait]
impl Probe for SqliteStore {
    /// Reads the file's schema and SQLite's clock, to the millisecond.
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        let store = self.clone();
        let millis: i64 =
            self.run(DATABASE, async move {
                sqlx::query_scalar(QUERY).fetch_one(store.database().reader()).await
            })
            .await?;
        Timestamp::from_unix_millis(millis)
            .ok_or_else(|| Unavailable::new(DATABASE, "its clock is out of range"))
    }
}
