//! Noticing that events were stored, by this process or another.

use crate::{SqliteStore, log::EVENT_LOG};
use hexad_ports::Unavailable;
use std::time::Duration;
use tokio::{sync::Notify, time::timeout};

/// Tells when the file has changed. Nothing runs while nobody waits.
pub(crate) struct Watch {
    committed: Notify,
    poll: Duration,
}

impl Watch {
    pub(crate) fn new(poll: Duration) -> Self {
        Watch { committed: Notify::new(), poll }
    }

    /// This process has changed the file.
    pub(crate) fn announce(&self) {
        self.committed.notify_waiters();
    }

    /// Lets some time pass.
    pub(crate) async fn pause(&self) {
        tokio::time::sleep(self.poll).await;
    }
}

impl SqliteStore {
    /// A number that changes with each change of the file.
    pub(crate) async fn version(&self) -> Result<i64, Unavailable> {
        let store = self.clone();
        // Of whatever file is open: what is then read or written is looked at by `run`.
        self.database().run(EVENT_LOG, async move { store.database().version().await }).await
    }

    /// Returns when the file is no longer as it was when `seen` was read, or after about a second: the number may
    /// have started anew in between.
    pub(crate) async fn changed(&self, seen: i64) -> Result<(), Unavailable> {
        let watch = self.watch();
        let looks = Duration::from_secs(1).as_millis() / watch.poll.as_millis().max(1);
        for _ in 0..looks.max(1) {
            let announced = timeout(watch.poll, watch.committed.notified()).await.is_ok();
            if announced || self.version().await? != seen {
                return Ok(());
            }
        }
        Ok(())
    }
}
