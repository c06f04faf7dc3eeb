//! The stores, as the settings choose them.

use super::{Parts, PartsError, seam};
use crate::settings::LONGEST_TOKEN_TTL;
use hexad::ports::{EventLog, Outbox, Probe, SessionStore, UserStore};
use hexad_sqlite::{SqliteOptions, SqliteStore};
use std::{sync::Arc, time::Duration};

/// How much longer than any token a revocation is kept: clocks differ.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

/// Where users are.
#[derive(Clone)]
pub(crate) struct Users {
    pub(crate) store: Arc<dyn UserStore>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) probe: Arc<dyn Probe>,
}

/// Where sessions are.
#[derive(Clone)]
pub(crate) struct SessionParts {
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) probe: Arc<dyn Probe>,
}

impl Users {
    fn of<S: UserStore + EventLog + Outbox + Probe + Clone + 'static>(store: S) -> Self {
        Self {
            store: seam::user_store(Arc::new(store.clone())),
            log: seam::event_log(Arc::new(store.clone())),
            outbox: seam::outbox(Arc::new(store.clone())),
            probe: Arc::new(store),
        }
    }
}

impl SessionParts {
    fn of<S: SessionStore + Outbox + Probe + Clone + 'static>(store: S) -> Self {
        Self {
            store: seam::session_store(Arc::new(store.clone())),
            outbox: seam::outbox(Arc::new(store.clone())),
            probe: Arc::new(store),
        }
    }
}

impl Parts<'_> {
    /// The store of users.
    pub(crate) async fn users(&mut self) -> Result<Users, PartsError> {
        if let Some(users) = self.made.find() {
            return Ok(users);
        }
        let users = Users::of(self.embedded().await?);
        Ok(self.made.keep(users))
    }

    /// The store of sessions.
    pub(crate) async fn sessions(&mut self) -> Result<SessionParts, PartsError> {
        if let Some(sessions) = self.made.find() {
            return Ok(sessions);
        }
        let sessions = SessionParts::of(self.embedded().await?);
        Ok(self.made.keep(sessions))
    }

    /// The store that needs no server.
    pub(crate) async fn embedded(&mut self) -> Result<SqliteStore, PartsError> {
        if let Some(store) = self.made.find() {
            return Ok(store);
        }
        let options =
            SqliteOptions { keep_revocations: LONGEST_TOKEN_TTL + SLACK, ..SqliteOptions::default() };
        let path = self.data_dir()?.join("hexad.db");
        let store =
            SqliteStore::open(path, options, Arc::clone(&self.clock), Arc::clone(&self.random)).await?;
        let pruned = store.clone();
        self.prune("pruning of the embedded store", move || {
            let store = pruned.clone();
            async move { store.prune().await }
        });
        Ok(self.made.keep(store))
    }
}
