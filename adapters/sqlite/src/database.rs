//! The connections to the file, and how a change begins.
//!
//! SQLite has one writer at a time over all processes. A process therefore has one connection that writes, so that
//! its own tasks queue in memory, and two that read beside it. A third kind writes what may be lost with the power
//! but not with the process: the places that relays and consumers have come to, from where they go on.

use crate::SqliteOptions;
use hexad_ports::Unavailable;
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{future::Future, path::Path, time::Duration};
use tokio::time::{Instant, timeout};

/// How long SQLite itself waits for another writer. Its pauses grow to 100 ms, which starves a process where others
/// write all the time; begun anew after a few of the short ones, it gets its turn.
const BUSY_WAIT: Duration = Duration::from_millis(20);

/// What may pass beyond the patience before an answer is given up: the time of the work itself.
const WORK: Duration = Duration::from_millis(800);

/// A change under way. Dropped without a commit, it has never been.
pub(crate) type Change = Transaction<'static, Sqlite>;

/// The connections, opened when they are first needed.
pub(crate) struct Database {
    readers: SqlitePool,
    durable: SqlitePool,
    relaxed: SqlitePool,
    patience: Duration,
}

impl Database {
    pub(crate) fn new(path: &Path, options: &SqliteOptions) -> Self {
        let patience = options.patience;
        let pool = |most: u32, settings: SqliteConnectOptions| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .acquire_timeout(patience)
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                // SQLite rolls back by itself where the disk is full or fails, which sqlx does not notice: such a
                // connection would count as within a transaction for ever.
                .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
                .connect_lazy_with(settings)
        };
        let writes = |synchronous| settings(path).busy_timeout(BUSY_WAIT).synchronous(synchronous);
        Database {
            readers: pool(2, settings(path).busy_timeout(patience)),
            durable: pool(1, writes(SqliteSynchronous::Full)),
            relaxed: pool(1, writes(SqliteSynchronous::Normal)),
            patience,
        }
    }

    /// For what only reads.
    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.readers
    }

    /// For what reads and must always be on the same connection.
    pub(crate) fn watcher(&self) -> &SqlitePool {
        &self.relaxed
    }

    /// Begins a change that is on the disk when its commit returns.
    pub(crate) async fn change(&self) -> Result<Change, sqlx::Error> {
        self.begin(&self.durable).await
    }

    /// Begins a change that survives the process but perhaps not a power cut.
    pub(crate) async fn relaxed_change(&self) -> Result<Change, sqlx::Error> {
        self.begin(&self.relaxed).await
    }

    /// `IMMEDIATE` takes the writer's place at once. A transaction that reads first and then writes fails where
    /// another wrote in between, however long it waits.
    async fn begin(&self, pool: &SqlitePool) -> Result<Change, sqlx::Error> {
        let until = Instant::now() + self.patience;
        loop {
            match pool.begin_with("BEGIN IMMEDIATE").await {
                Err(error) if is_busy(&error) && Instant::now() < until => {}
                outcome => return outcome,
            }
        }
    }

    /// Does the work, or says within the patience and a second that it could not.
    ///
    /// The work is a task of its own and goes on to its end: a caller who asks no more, or is held up elsewhere
    /// between two steps, must not keep every other process from writing meanwhile.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
    ) -> Result<T, Unavailable> {
        match tokio::spawn(timeout(self.patience + WORK, work)).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(Unavailable::new(what, error)),
            Ok(Err(late)) => Err(Unavailable::new(what, late)),
            Err(stopped) => Err(Unavailable::new(what, stopped)),
        }
    }
}

/// What every connection has in common. Its memory is bounded: the pages it keeps, its prepared statements.
pub(crate) fn settings(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .pragma("cache_size", "-512")
        .pragma("journal_size_limit", "8388608")
        .statement_cache_capacity(32)
        .thread_name(|number| format!("sqlite-{number}"))
        .disable_statement_logging()
}

/// Whether another connection holds what this one needs. The low byte is the primary code: SQLITE_BUSY is 5.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}
