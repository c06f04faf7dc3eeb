//! The stores of users and sessions, as the settings choose them.

use super::{Parts, PartsError, seam};
use crate::{
    preparing::Mistaken,
    program::Service,
    settings::{LONGEST_TOKEN_TTL, SessionPlace},
};
use hexad::ports::{EventLog, Outbox, Probe, SessionStore, UserStore};
use hexad_mongo::{MongoOptions, MongoStore};
use hexad_postgres::{Access, PostgresOptions, PostgresStore};
use hexad_sqlite::{SqliteOptions, SqliteStore};
use std::{sync::Arc, time::Duration};

/// How much longer than any token a revocation is kept: clocks differ.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a revocation is kept.
const KEEP_REVOCATIONS: Duration = LONGEST_TOKEN_TTL.saturating_add(SLACK);

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
    pub(super) async fn users(&mut self) -> Result<Users, PartsError> {
        if let Some(users) = self.made.find() {
            return Ok(users);
        }
        let users = match self.postgres()? {
            Some(store) => Users::of(store),
            None => Users::of(self.embedded().await?),
        };
        Ok(self.made.keep(users))
    }

    /// The store of sessions.
    pub(super) async fn sessions(&mut self) -> Result<SessionParts, PartsError> {
        if let Some(sessions) = self.made.find() {
            return Ok(sessions);
        }
        let (mongo, postgres) = match self.settings.session_place {
            SessionPlace::Mongo => (self.mongo()?, None),
            SessionPlace::Postgres => (None, self.postgres()?),
            SessionPlace::Embedded => (None, None),
        };
        let sessions = match (mongo, postgres) {
            (Some(store), _) => SessionParts::of(store),
            (None, Some(store)) => SessionParts::of(store),
            (None, None) => SessionParts::of(self.embedded().await?),
        };
        Ok(self.made.keep(sessions))
    }

    /// PostgreSQL, where it is configured.
    fn postgres(&mut self) -> Result<Option<PostgresStore>, PartsError> {
        let settings = self.settings;
        let Some(server) = &settings.postgres else { return Ok(None) };
        if let Some(store) = self.made.find() {
            return Ok(Some(store));
        }
        let options = PostgresOptions {
            connections: settings.pools.postgres,
            patience: settings.patience.postgres,
            // The server stops before the client gives up.
            statement_timeout: settings.patience.postgres * 3 / 4,
            access: if self.only_reads() { Access::Read } else { Access::Write },
            keep_revocations: KEEP_REVOCATIONS,
            ..PostgresOptions::default()
        };
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let store = PostgresStore::new(server.url.reveal(), options, clock, random)
            .map_err(|mistake| Mistaken::new(&server.names, mistake))?;
        self.prepare("PostgreSQL", Arc::new(store.clone()), server.names.clone());
        let pruned = store.clone();
        self.prune("pruning of PostgreSQL", move || {
            let store = pruned.clone();
            async move { store.prune().await }
        });
        Ok(Some(self.made.keep(store)))
    }

    /// Whether no service of this program changes anything.
    pub(super) fn only_reads(&self) -> bool {
        let reads = |service| matches!(service, Service::UserLookup | Service::Connected);
        self.settings.services.iter().all(|own| reads(own.service))
    }

    /// MongoDB, where it is configured.
    pub(crate) fn mongo(&mut self) -> Result<Option<MongoStore>, PartsError> {
        let settings = self.settings;
        let Some(server) = &settings.mongo else { return Ok(None) };
        if let Some(store) = self.made.find() {
            return Ok(Some(store));
        }
        let options = MongoOptions {
            connections: settings.pools.mongo,
            patience: settings.patience.mongo,
            keep_revocations: KEEP_REVOCATIONS,
            ..MongoOptions::default()
        };
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let store = MongoStore::new(server.url.reveal(), options, clock, random)
            .map_err(|mistake| Mistaken::new(&server.names, mistake))?;
        self.prepare("MongoDB", Arc::new(store.clone()), server.names.clone());
        let pruned = store.clone();
        self.prune("pruning of MongoDB", move || {
            let store = pruned.clone();
            async move { store.prune().await }
        });
        Ok(Some(self.made.keep(store)))
    }

    /// The store that needs no server.
    pub(super) async fn embedded(&mut self) -> Result<SqliteStore, PartsError> {
        if let Some(store) = self.made.find() {
            return Ok(store);
        }
        let options = SqliteOptions { keep_revocations: KEEP_REVOCATIONS, ..SqliteOptions::default() };
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
