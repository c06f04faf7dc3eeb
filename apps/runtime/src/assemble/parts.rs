//! The adapters, as the settings choose them. Each is made when the first service asks for it, and shared by all.

use super::made::Made;
use crate::{
    ambient::{OsRandom, SystemClock},
    background::{Background, prune},
    data_dir::{DataDir, DataDirError},
    preparing::{Mistaken, Remote},
    settings::{Names, Settings},
};
use hexad::{
    Stamp,
    ports::{Clock, PasswordHasher, Prepare, Random, Tokens, Unavailable},
};
#[cfg(not(feature = "plain-hashing"))]
use hexad_crypto::Pbkdf2Hasher;
#[cfg(feature = "plain-hashing")]
use hexad_crypto::PlainHasher as Pbkdf2Hasher;
use hexad_crypto::{HashSettings, JwtTokens, KeyError, WriteFormat};
use hexad_http::{RequestIds, Untimed};
use std::{fmt, io, sync::Arc};
use tokio_util::sync::CancellationToken;

/// Why an adapter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    /// The data folder or the secret in it.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The embedded store.
    #[error("the embedded store")]
    Store(#[from] hexad_sqlite::OpenError),
    /// The folder of images.
    #[error(transparent)]
    Images(#[from] hexad_object_store::OpenError),
    /// What leads to a server is wrong by itself.
    #[error(transparent)]
    Mistaken(#[from] Mistaken),
    /// A key of tokens.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The threads that hash passwords.
    #[error("the threads that hash passwords")]
    Hasher(#[source] io::Error),
}

/// The adapters of a program.
pub(crate) struct Parts<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// What runs beside the services.
    pub(crate) background: Vec<Background>,
    /// What has to be made ready.
    pub(crate) remote: Vec<Remote>,
    /// Cancelled when whatever runs beside the services has to end.
    pub(crate) end: CancellationToken,
    pub(super) made: Made,
}

impl<'a> Parts<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            background: Vec::new(),
            remote: Vec::new(),
            end: CancellationToken::new(),
            made: Made::default(),
        }
    }

    /// Time and ids.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp::new(Arc::clone(&self.clock), Arc::clone(&self.random))
    }

    /// Ids for the requests of one service of this process.
    pub(crate) fn request_ids(&self) -> RequestIds {
        RequestIds::new(u64::from_ne_bytes(self.stamp().random()))
    }

    /// The data folder, made where it is missing: what no embedded part asks for is not made.
    pub(super) fn data_dir(&mut self) -> Result<DataDir, PartsError> {
        match self.made.find() {
            Some(data_dir) => Ok(data_dir),
            None => Ok(self.made.keep(DataDir::open(&self.settings.data_dir)?)),
        }
    }

    /// Has a part made ready, at the start and for as long as it takes.
    pub(super) fn prepare(&mut self, name: &'static str, part: Arc<dyn Prepare>, names: Names) {
        self.remote.push(Remote { name, part, names });
    }

    /// Has a store pruned now and then, by a program that may change it.
    pub(super) fn prune<
        P: fmt::Debug + 'static,
        F: Future<Output = Result<P, Unavailable>> + Send + 'static,
    >(
        &mut self,
        name: &'static str,
        once: impl Fn() -> F + Send + 'static,
    ) {
        if self.only_reads() {
            return;
        }
        self.background.push(Background::new(name, prune(once, Arc::clone(&self.random))));
    }

    /// Hashing of passwords.
    pub(crate) fn hasher(&mut self) -> Result<Arc<dyn PasswordHasher>, PartsError> {
        if let Some(hasher) = self.made.find() {
            return Ok(hasher);
        }
        if self.settings.password_write == WriteFormat::Originals {
            tracing::warn!(
                "PASSWORD_WRITE is originals: new password hashes are weak; \
                 set it to phc as soon as no original auth service reads the users"
            );
        }
        let settings = HashSettings {
            iterations: self.settings.password_iterations,
            write: self.settings.password_write,
            max_wait: self.settings.login_queue_wait,
            // Who waits holds one of the requests that a service handles at once: the rest is for others.
            max_waiting: self.settings.limits.requests / 2,
            ..HashSettings::default()
        };
        let hasher = Pbkdf2Hasher::new(&settings, Arc::clone(&self.random)).map_err(PartsError::Hasher)?;
        let hasher = Untimed(Arc::new(hasher));
        Ok(self.made.keep::<Arc<dyn PasswordHasher>>(Arc::new(hasher)))
    }

    /// Signing and reading of tokens.
    pub(crate) fn tokens(&mut self) -> Result<Arc<dyn Tokens>, PartsError> {
        if let Some(tokens) = self.made.find() {
            return Ok(tokens);
        }
        let key = match &self.settings.secret_key {
            Some(key) => key.clone(),
            None => self.data_dir()?.secret(self.random.as_ref())?,
        };
        let previous: Vec<&str> = self.settings.secret_keys_previous.iter().map(|key| key.reveal()).collect();
        let tokens = JwtTokens::new(key.reveal().as_bytes(), &previous)?;
        for place in tokens.short_previous() {
            let number = place + 1;
            tracing::warn!(
                number,
                "a key of SECRET_KEYS_PREVIOUS is short: whoever guesses it can make tokens"
            );
        }
        Ok(self.made.keep::<Arc<dyn Tokens>>(Arc::new(tokens)))
    }
}
