//! Noticing that events were stored, by this process or another.

use sqlx::SqlitePool;
use std::time::Duration;
use tokio::{sync::Notify, time::timeout};

/// Tells when the file has changed. Nothing runs while nobody waits.
pub(crate) struct Watch {
    /// A pool of one connection: SQLite counts the changes that were made by any other than the one that asks.
    connection: SqlitePool,
    committed: Notify,
    poll: Duration,
}

impl Watch {
    pub(crate) fn new(connection: SqlitePool, poll: Duration) -> Self {
        Watch { connection, committed: Notify::new(), poll }
    }

    /// This process has changed the file.
    pub(crate) fn announce(&self) {
        self.committed.notify_waiters();
    }

    /// A number that changes with each change of the file by others. Asking reads shared memory and no file.
    pub(crate) async fn version(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("PRAGMA data_version").fetch_one(&self.connection).await
    }

    /// Returns when the file is no longer as it was when `seen` was read, or after about a second: SQLite's number
    /// starts anew where a connection had to be opened again.
    pub(crate) async fn changed(&self, seen: i64) -> Result<(), sqlx::Error> {
        let looks = Duration::from_secs(1).as_millis() / self.poll.as_millis().max(1);
        for _ in 0..looks.max(1) {
            let announced = timeout(self.poll, self.committed.notified()).await.is_ok();
            if announced || self.version().await? != seen {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Lets some time pass.
    pub(crate) async fn pause(&self) {
        tokio::time::sleep(self.poll).await;
    }
}
