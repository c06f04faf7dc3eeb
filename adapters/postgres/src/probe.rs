//! Whether the database answers.

use crate::{PostgresStore, refusal::DATABASE};
use hexad_ports::{Probe, Unavailable, async_trait, domain::Timestamp};

#[async_trait]
impl Probe for PostgresStore {
    /// Asks the server for its own clock.
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        let micros: i64 = self
            .run(DATABASE, |connection| {
                Box::pin(async move {
                    sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
                        .fetch_one(connection)
                        .await
                })
            })
            .await?;
        Timestamp::from_unix_micros(micros)
            .ok_or_else(|| Unavailable::new(DATABASE, "its clock is out of range"))
    }
}
