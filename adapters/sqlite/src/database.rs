//! The connections to the file, and how a change begins.
//!
//! SQLite has one writer at a time over all processes. A process therefore has one connection that writes, so that
//! its own tasks queue in memory, and two that read beside it. A third kind writes what may be lost with the power
//! but not with the process: the places that relays and consumers have come to, from where they go on. A last one
//! only ever asks whether others have written.

use crate::SqliteOptions;
use hexad_ports::Unavailable;
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{future::Future, path::Path, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

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
    watching: SqliteConnectOptions,
    watcher: Mutex<Option<SqliteConnection>>,
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
            watching: settings(path).busy_timeout(patience),
            watcher: Mutex::new(None),
            patience,
        }
    }

    /// For what only reads.
    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.readers
    }

    /// A number that changes with each change of the file by any other connection. Asking reads shared memory and no
    /// file. It starts anew with a new connection, which is taken where the old one has failed.
    ///
    /// Past the pools, which do a good deal more for each question than SQLite does.
    pub(crate) async fn version(&self) -> Result<i64, sqlx::Error> {
        let mut watcher = self.watcher.lock().await;
        let mut connection = match watcher.take() {
            Some(connection) => connection,
            None => self.watching.connect().await?,
        };
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
        *watcher = Some(connection);
        Ok(version)
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

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row;

    async fn database(folder: &tempfile::TempDir) -> Database {
        let path = folder.path().join("a.db");
        let made = settings(&path).create_if_missing(true).connect().await.unwrap();
        made.close().await.unwrap();
        Database::new(&path, &SqliteOptions::default())
    }

    async fn number(pool: &SqlitePool, query: &'static str) -> i64 {
        sqlx::query(query).fetch_one(pool).await.unwrap().get(0)
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_gets_over() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        let mut change = database.change().await.unwrap();
        sqlx::query("CREATE TABLE t (x)").execute(&mut *change).await.unwrap();
        change.commit().await.unwrap();
        for _ in 0..3 {
            number(&database.durable, "PRAGMA max_page_count = 10").await;
            let mut change = database.change().await.unwrap();
            let full = sqlx::query("INSERT INTO t VALUES (zeroblob(1000000))").execute(&mut *change).await;
            let code =
                full.unwrap_err().as_database_error().and_then(|error| error.code()).unwrap().into_owned();
            assert_eq!(code, "13", "SQLITE_FULL");
            drop(change);
            let mut change = database.change().await.unwrap();
            sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *change).await.unwrap();
            change.commit().await.unwrap();
        }
        let rows = number(database.reader(), "SELECT count(*) FROM t").await;
        assert_eq!(rows, 3, "what failed has left nothing");
    }

    #[tokio::test]
    async fn a_change_is_on_the_disk_when_it_returns_and_a_place_need_not_be() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        assert_eq!(number(&database.durable, "PRAGMA synchronous").await, 2, "FULL");
        assert_eq!(number(&database.relaxed, "PRAGMA synchronous").await, 1, "NORMAL");
        for pool in [&database.readers, &database.durable, &database.relaxed] {
            assert_eq!(number(pool, "PRAGMA foreign_keys").await, 1);
        }
    }
}
