//! Deleting what nobody needs any more.

use crate::{SqliteStore, log::EVENT_LOG};
use hexad_ports::Unavailable;

/// How many rows go at once: other writers get their turn in between.
const BATCH: i64 = 500;

/// What [`SqliteStore::prune`] has deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Events that everybody had settled.
    pub events: u64,
    /// Ids of applied events.
    pub applied: u64,
    /// Revocations of tokens that are long gone.
    pub revocations: u64,
}

/// An event goes when it is old, its area's relay has sent it (where it ever had one), and every consumer of its area
/// has settled it. As the numbers rise with the time, the search ends at the first event that is young.
const OLD_EVENTS: &str = "
    DELETE FROM event WHERE seq IN (
        SELECT e.seq FROM event AS e
        WHERE e.seq < coalesce((SELECT seq FROM event WHERE at >= ?1 ORDER BY seq LIMIT 1), 9223372036854775807)
          AND (e.sent_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM relay WHERE area = e.area))
          AND NOT EXISTS (SELECT 1 FROM consumer_area AS a JOIN consumer AS c ON c.name = a.consumer
                          WHERE a.area = e.area AND c.cursor < e.seq)
        ORDER BY e.seq LIMIT ?2)";

/// As long as the event is in the log, it can be delivered again.
const OLD_APPLIED: &str = "
    DELETE FROM applied_event WHERE (user_id, event_id) IN (
        SELECT a.user_id, a.event_id FROM applied_event AS a
        WHERE a.applied_at < ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE id = a.event_id)
        LIMIT ?2)";

const OLD_REVOCATIONS: &str = "
    DELETE FROM revocation WHERE user_id IN (SELECT user_id FROM revocation WHERE through < ?1 LIMIT ?2)";

impl SqliteStore {
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
            let store = self.clone();
            let batch = self
                .run(EVENT_LOG, async move {
                    let mut change = store.database().relaxed_change().await?;
                    let gone = sqlx::query(statement).bind(before).bind(BATCH).execute(&mut *change).await?;
                    change.commit().await?;
                    Ok(gone.rows_affected())
                })
                .await?;
            deleted += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(deleted);
            }
        }
    }
}
