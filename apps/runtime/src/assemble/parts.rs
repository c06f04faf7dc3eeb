//! The adapters, as the settings choose them. Each is made when the first service asks for it, and shared by all.

use crate::{
    ambient::{OsRandom, SystemClock},
    background::{Background, prune},
    data_dir::{DataDir, DataDirError},
    settings::{LONGEST_TOKEN_TTL, Settings},
};
use hexad::{
    Stamp,
    ports::{Clock, PasswordHasher, Random, Tokens},
};
use hexad_crypto::{HashSettings, JwtTokens, KeyError, Pbkdf2Hasher, WriteFormat};
use hexad_http::RequestIds;
use hexad_object_store::FolderImages;
use hexad_sqlite::{SqliteOptions, SqliteStore};
use std::{io, sync::Arc, time::Duration};

/// How much longer than any token a revocation is kept: clocks differ.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

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
    data_dir: DataDir,
    store: Option<SqliteStore>,
    hasher: Option<Arc<dyn PasswordHasher>>,
    tokens: Option<Arc<dyn Tokens>>,
}

impl<'a> Parts<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Result<Self, PartsError> {
        Ok(Self {
            settings,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            background: Vec::new(),
            data_dir: DataDir::open(&settings.data_dir)?,
            store: None,
            hasher: None,
            tokens: None,
        })
    }

    /// Time and ids.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp::new(Arc::clone(&self.clock), Arc::clone(&self.random))
    }

    /// Ids for the requests of one service of this process.
    pub(crate) fn request_ids(&self) -> RequestIds {
        RequestIds::new(u64::from_ne_bytes(self.stamp().random()))
    }

    /// Users, sessions and events.
    pub(crate) async fn store(&mut self) -> Result<SqliteStore, PartsError> {
        if let Some(store) = &self.store {
            return Ok(store.clone());
        }
        let options =
            SqliteOptions { keep_revocations: LONGEST_TOKEN_TTL + SLACK, ..SqliteOptions::default() };
        let path = self.data_dir.join("hexad.db");
        let store =
            SqliteStore::open(path, options, Arc::clone(&self.clock), Arc::clone(&self.random)).await?;
        self.background.push(Background::new("pruning", prune(store.clone(), Arc::clone(&self.random))));
        Ok(self.store.insert(store).clone())
    }

    /// Hashing of passwords.
    pub(crate) fn hasher(&mut self) -> Result<Arc<dyn PasswordHasher>, PartsError> {
        if let Some(hasher) = &self.hasher {
            return Ok(Arc::clone(hasher));
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
            ..HashSettings::default()
        };
        let hasher = Pbkdf2Hasher::new(&settings, Arc::clone(&self.random)).map_err(PartsError::Hasher)?;
        Ok(Arc::clone(self.hasher.insert(Arc::new(hasher))))
    }

    /// Signing and reading of tokens.
    pub(crate) fn tokens(&mut self) -> Result<Arc<dyn Tokens>, PartsError> {
        if let Some(tokens) = &self.tokens {
            return Ok(Arc::clone(tokens));
        }
        let key = match &self.settings.secret_key {
            Some(key) => key.clone(),
            None => self.data_dir.secret(self.random.as_ref())?,
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
        Ok(Arc::clone(self.tokens.insert(Arc::new(tokens))))
    }

    /// Images.
    pub(crate) async fn images(&self) -> Result<FolderImages, PartsError> {
        Ok(FolderImages::open(self.data_dir.join("images")).await?)
    }
}
