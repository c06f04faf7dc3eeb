//! The connections.
//!
//! sqlx's own pool greets the server, without an end to its patience, before it takes a connection back, and holds
//! the connection's place meanwhile: a network that swallows packets would use up all places for minutes. Here a
//! connection comes back only from work that has ended well, is closed at once where it has not, and nothing waits
//! in the background.

use crate::options::PostgresOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How long a connection may lie idle and still be trusted without a greeting.
const TRUSTED: Duration = Duration::from_millis(500);
/// How long the server may take to answer a greeting.
const GREETING: Duration = Duration::from_secs(1);
/// How long a connection may lie idle at all.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// How long a connection is used: the server's memory for it grows, and addresses behind a name change.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Up to so many connections, opened when they are needed.
pub(crate) struct Pool {
    address: PgConnectOptions,
    statement_timeout: Duration,
    patience: Duration,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: PgConnection,
    opened: Instant,
    since: Instant,
}

/// A connection in use. Dropped, it is closed, and what was not committed is undone.
pub(crate) struct Lease {
    pub(crate) connection: PgConnection,
    opened: Instant,
    _place: OwnedSemaphorePermit,
}

impl Pool {
    pub(crate) fn new(address: PgConnectOptions, options: &PostgresOptions) -> Self {
        let places = usize::try_from(options.connections).unwrap_or(Semaphore::MAX_PERMITS);
        Pool {
            address,
            statement_timeout: options.statement_timeout,
            patience: options.patience,
            places: Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS))),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Waits for a place and gives a connection that has just worked, or a new one, with `schema` first in its path.
    pub(crate) async fn lease(&self, schema: &str) -> Result<Lease, sqlx::Error> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        loop {
            let Some(Idle { mut connection, opened, since }) = self.idle().pop() else { break };
            if opened.elapsed() > LIFETIME || since.elapsed() > IDLE {
                continue;
            }
            if since.elapsed() > TRUSTED && !matches!(timeout(GREETING, connection.ping()).await, Ok(Ok(())))
            {
                self.forget_idle();
                continue;
            }
            return Ok(Lease { connection, opened, _place: place });
        }
        let connection = self.open(schema).await?;
        Ok(Lease { connection, opened: Instant::now(), _place: place })
    }

    /// Takes back a connection on which everything has ended well and no transaction is open.
    pub(crate) fn give_back(&self, lease: Lease) {
        let Lease { connection, opened, _place } = lease;
        let mut idle = self.idle();
        idle.push(Idle { connection, opened, since: Instant::now() });
        // The longest idle lies first, as the last one in is the first one out.
        let old = idle.iter().take_while(|idle| idle.since.elapsed() > IDLE).count();
        idle.drain(..old);
    }

    /// Closes what lies idle: where one connection turned out to be dead, the others are likely to be.
    pub(crate) fn forget_idle(&self) {
        self.idle().clear();
    }

    /// Opens a connection, and sets on it what the work rests on, whatever the role or the database has as default.
    /// By a statement and not by start-up parameters, as pgbouncer refuses those.
    async fn open(&self, schema: &str) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.address.connect().await?;
        sqlx::query(
            "SELECT set_config('statement_timeout', $1, false),
                    set_config('lock_timeout', $1, false),
                    set_config('idle_in_transaction_session_timeout', $2, false),
                    set_config('default_transaction_isolation', 'read committed', false),
                    -- What is answered is on the server's disk.
                    set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off'
                               THEN 'on' ELSE current_setting('synchronous_commit') END, false),
                    -- The server lets go of a client that has vanished.
                    set_config('tcp_keepalives_idle', '30', false),
                    set_config('tcp_keepalives_interval', '10', false),
                    set_config('tcp_keepalives_count', '3', false),
                    set_config('search_path', quote_ident($3) || ', ' || current_setting('search_path'), false)",
        )
        .bind(self.statement_timeout.as_millis().to_string())
        .bind(self.patience.as_millis().to_string())
        .bind(schema)
        .execute(&mut connection)
        .await?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
