//! The store: what its ports share.

use crate::{PostgresOptions, address, layout::Layout, pool::Pool, watch::Watch};
use futures_util::future::BoxFuture;
use hexad_ports::{Clock, Mistake, Random, Unavailable, domain::Timestamp};
use sqlx::{PgConnection, postgres::PgConnectOptions};
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::time::timeout;

/// Users, sessions and events in a PostgreSQL database. Clones share their connections.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    address: PgConnectOptions,
    options: PostgresOptions,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pool: Arc<Pool>,
    layout: RwLock<Option<Arc<Layout>>>,
    watch: Watch,
}

impl fmt::Debug for PostgresStore {
    /// Where the database is. Never the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.shared.address;
        f.debug_struct("PostgresStore")
            .field("host", &address.get_host())
            .field("port", &address.get_port())
            .field("database", &address.get_database())
            .finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// A store in the database at that URL (`postgres://user:password@host:port/database`, with `sslmode`,
    /// `sslrootcert`, `application_name` and `options` as libpq knows them). Opens no connection: every port answers
    /// [`Unavailable`] until [`prepare`](hexad_ports::Prepare::prepare) has been there.
    ///
    /// # Errors
    /// A [`Mistake`] where the URL cannot be one of PostgreSQL's. It does not repeat the URL.
    pub fn new(
        url: &str,
        options: PostgresOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Mistake> {
        let address = address::parse(url)?;
        let pool = Arc::new(Pool::new(address.clone(), &options));
        let watch = Watch::new(options.poll);
        let layout = RwLock::default();
        Ok(PostgresStore {
            shared: Arc::new(Shared { address, options, clock, random, pool, layout, watch }),
        })
    }

    pub(crate) fn address(&self) -> &PgConnectOptions {
        &self.shared.address
    }

    pub(crate) fn options(&self) -> &PostgresOptions {
        &self.shared.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.shared.random.fill(&mut bytes);
        bytes
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.shared.watch
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.shared.pool
    }

    /// What was found in the database; `what` cannot answer before.
    pub(crate) fn layout(&self, what: &'static str) -> Result<Arc<Layout>, Unavailable> {
        let layout = self.shared.layout.read().unwrap_or_else(PoisonError::into_inner);
        layout.clone().ok_or_else(|| Unavailable::new(what, "it has not been prepared yet"))
    }

    pub(crate) fn set_layout(&self, layout: Layout) {
        *self.shared.layout.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(layout));
    }

    /// Does the work on a connection, to its end, within the time in which a port has to answer.
    ///
    /// It is a task of its own: a caller who asks no more must cost neither the work nor the connection. Whatever
    /// fails costs the connection, and with it undoes what was not committed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let layout = self.layout(what)?;
        let pool = Arc::clone(self.pool());
        let patience = self.options().patience;
        let task = tokio::spawn(async move {
            let answer = timeout(patience, async {
                let mut lease = pool.lease(&layout.schema).await?;
                let done = work(&mut lease.connection).await?;
                pool.give_back(lease);
                Ok(done)
            })
            .await;
            match answer {
                Ok(Ok(done)) => Ok(done),
                Ok(Err(error)) => {
                    if lost(&error) {
                        pool.forget_idle();
                    }
                    Err(Unavailable::new(what, error))
                }
                Err(late) => {
                    pool.forget_idle();
                    Err(Unavailable::new(what, late))
                }
            }
        });
        task.await.unwrap_or_else(|stopped| Err(Unavailable::new(what, stopped)))
    }
}

/// Whether the connection is gone, so that others may be: everything but an answer of the server, and its answer that
/// it is going down (class 57, 57P01 to 57P04).
fn lost(error: &sqlx::Error) -> bool {
    error.as_database_error().is_none_or(|error| error.code().is_some_and(|code| code.starts_with("57P")))
}
