//! The store: what its ports share.

use crate::{
    OpenError, SqliteEventSource, SqliteOptions,
    database::{Change, Database},
    file::Identity,
    open,
    watch::Watch,
};
use hexad_ports::{
    Clock, Random, Unavailable,
    domain::{Area, Timestamp},
};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Users, sessions and events in one SQLite file. Clones share their connections.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    options: SqliteOptions,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    database: Database,
    file: Identity,
    watch: Watch,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, made where it is missing (its folder must be there), and brings it to the present schema.
    /// Any number of processes may do so at the same moment. Call it within a tokio runtime.
    ///
    /// # Errors
    /// See [`OpenError`]; [`OpenError::Newer`] where a newer program has been at the file.
    pub async fn open(
        path: impl AsRef<Path>,
        options: SqliteOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        let given = path.as_ref();
        // Absolute, as SQLite would take a name like `file:x` for a URI.
        let path = std::path::absolute(given)
            .map_err(|source: io::Error| OpenError::File { path: given.to_owned(), source })?;
        open::prepare(&path).await?;
        let file = Identity::of(&path)
            .await
            .map_err(|source: io::Error| OpenError::File { path: path.clone(), source })?;
        let database = Database::new(&path, &options);
        let watch = Watch::new(options.poll);
        Ok(SqliteStore { shared: Arc::new(Shared { path, options, clock, random, database, file, watch }) })
    }

    /// The events of these areas, for a consumer of that name. Its place in the log is kept under the name; see
    /// [`SqliteEventSource`].
    pub fn event_source(&self, consumer: impl Into<String>, areas: &[Area]) -> SqliteEventSource {
        SqliteEventSource::new(self.clone(), consumer.into(), areas)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    pub(crate) fn options(&self) -> &SqliteOptions {
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

    pub(crate) fn database(&self) -> &Database {
        &self.shared.database
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.shared.watch
    }

    /// Commits, and wakes whoever waits for events in this process.
    pub(crate) async fn commit(&self, change: Change) -> Result<(), sqlx::Error> {
        change.commit().await?;
        self.watch().announce();
        Ok(())
    }

    /// Does the work, to its end, within the time in which a port has to answer. Looked at before, so that nothing is
    /// written into a file that nobody will find, and after, so that no such write is answered.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.confirm_file(what).await?;
        let done = self.database().run(what, work).await?;
        self.confirm_file(what).await?;
        Ok(done)
    }

    async fn confirm_file(&self, what: &'static str) -> Result<(), Unavailable> {
        self.shared.file.confirm(self.path()).await.map_err(|error| Unavailable::new(what, error))
    }
}
