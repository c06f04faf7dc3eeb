//! Deleting what nobody needs any more.

use crate::{PostgresStore, log::EVENT_LOG};
use hexad_ports::Unavailable;

/// How many rows go at once: the statement stays short.
const BATCH: i64 = 1_000;

/// What [`PostgresStore::prune`] has deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Events that were sent.
    pub events: u64,
    /// Ids of applied events.
    pub applied: u64,
    /// Revocations of tokens that are long gone.
    pub revocations: u64,
}

// What another process is deleting at this moment is left to it.
const OLD_EVENTS: &str = "
    DELETE FROM hexad_event WHERE id IN (
        SELECT id FROM hexad_event WHERE sent_at < $1 ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED)";

const OLD_APPLIED: &str = "
    DELETE FROM hexad_applied WHERE (user_key, event_id) IN (
        SELECT user_key, event_id FROM hexad_applied WHERE applied_at < $1
        ORDER BY applied_at LIMIT $2 FOR UPDATE SKIP LOCKED)";

const OLD_REVOCATIONS: &str = "
    DELETE FROM hexad_revocation WHERE user_key IN (
        SELECT user_key FROM hexad_revocation WHERE through < $1
        ORDER BY through LIMIT $2 FOR UPDATE SKIP LOCKED)";

impl PostgresStore {
    /// Deletes what is older than the options say and owed to nobody, in small steps. Meant to be called now and
    /// then; any number of processes may do so.
    ///
    /// # Errors
    /// `Unavailable`; what was deleted before stays deleted.
    pub async fn prune(&self) -> Result<Pruned, Unavailable> {
        let now = self.now();
        let before = |age| now.saturating_sub(age).unix_micros();
        let options = self.options();
        Ok(Pruned {
            events: self.delete(OLD_EVENTS, before(options.keep_events)).await?,
            applied: self.delete(OLD_APPLIED, before(options.keep_applied)).await?,
            revocations: self.delete(OLD_REVOCATIONS, before(options.keep_revocations)).await?,
        })
    }

    async fn delete(&self, statement: &'static str, before: i64) -> Result<u64, Unavailable> {
        let mut deleted = 0;
        loop {
            let batch = self
                .run(EVENT_LOG, move |connection| {
                    Box::pin(async move {
                        let gone =
                            sqlx::query(statement).bind(before).bind(BATCH).execute(connection).await?;
                        Ok(gone.rows_affected())
                    })
                })
                .await?;
            deleted += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(deleted);
            }
        }
    }
}
