//! Opening the file: made, put into WAL mode and brought to the present schema by one process at a time.

use crate::database::settings;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How long another process may take to make the file or to migrate it.
const LONGEST_MIGRATION: Duration = Duration::from_secs(60);

/// Why the file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its lock could not be made or read.
    #[error("{} cannot be opened", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has held the lock for a minute.
    #[error("another process holds {} and does not finish", path.display())]
    Held {
        /// The lock's file.
        path: PathBuf,
    },
    /// A newer program has written the file. Nothing was changed.
    #[error("the file has schema {found}, this program knows none newer than {known}: use the newer program")]
    Newer {
        /// The schema of the file.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// Another program's schema, or one that somebody altered by hand. Nothing was changed.
    #[error("the schema of the file is not the one that this program made")]
    Foreign(#[source] MigrateError),
    /// The folder's file system cannot share memory between processes, which write-ahead logging needs.
    #[error("the folder's file system does not support write-ahead logging (SQLite stays in mode {mode})")]
    NoWal {
        /// The journal mode that SQLite kept.
        mode: String,
    },
    /// SQLite could not read the file, or another program held it too long.
    #[error("the file could not be read or migrated")]
    Sqlite(#[from] sqlx::Error),
}

/// Makes the file where there is none, and brings it to the present schema.
///
/// sqlx locks nothing on SQLite, and the switch to WAL waits for nobody: a lock of the operating system on a file
/// beside it keeps all others away. The system lets go of it when its process ends, however it ends.
pub(crate) async fn prepare(path: &Path) -> Result<(), OpenError> {
    let lock = lock_path(path, "open");
    let held = lock.clone();
    let file = path.to_owned();
    let made = tokio::task::spawn_blocking(move || {
        let turn = wait_for_turn(&held)?;
        make(&file).map_err(|source| OpenError::File { path: file, source })?;
        Ok::<File, OpenError>(turn)
    });
    let _turn =
        made.await.map_err(|error| OpenError::File { path: lock, source: io::Error::other(error) })??;
    let mut connection = settings(path).busy_timeout(Duration::from_secs(30)).connect().await?;
    let outcome = migrate(&mut connection).await;
    connection.close().await?;
    outcome
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await?;
    if mode != "wal" {
        return Err(OpenError::NoWal { mode });
    }
    MIGRATIONS.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) if found > newest() => {
            OpenError::Newer { found, known: newest() }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => OpenError::Sqlite(error),
        other => OpenError::Foreign(other),
    })
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Blocks until the lock is this process's own.
fn wait_for_turn(path: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    let file = lock_file(path).map_err(failed)?;
    let until = Instant::now() + LONGEST_MIGRATION;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) if Instant::now() > until => {
                return Err(OpenError::Held { path: path.to_owned() });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// The file of a lock beside the database's. It stays when nobody holds the lock: to delete it would let two
/// processes lock two files of one name.
pub(crate) fn lock_path(database: &Path, purpose: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".{purpose}.lock"));
    PathBuf::from(name)
}

/// Opens the file of a lock, made where it is missing. Blocks.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Makes an empty file that its owner alone can read: it will hold password hashes. SQLite takes an empty file for a
/// new database, and gives its log the same mode.
fn make(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => match path.parent() {
            // So that the name too is on the disk before anything is answered.
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
