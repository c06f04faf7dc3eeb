//! The store: what its ports share.

use crate::{MongoOptions, connect::Target, failure::Failure, lease::fnv1a};
use hexad_ports::{Clock, Mistake, Random, Unavailable, domain::Timestamp};
use mongodb::{
    Client, Collection,
    bson::{DateTime, Document, RawDocumentBuf},
};
use std::{
    fmt::Write,
    future::Future,
    sync::{Arc, OnceLock, atomic::AtomicU64},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// The collection of the originals, and two of our own.
pub(crate) const SESSIONS: &str = "sessions";
pub(crate) const HEADS: &str = "session_heads";
pub(crate) const SERVICE: &str = "session_service";

/// The document of `session_service` that says how all is stored.
pub(crate) const SCHEMA_ID: &str = "schema";

pub(crate) const SESSION_STORE: &str = "the session store";

/// Sessions in MongoDB. A clone is the same store.
#[derive(Clone)]
pub struct MongoStore(Arc<Shared>);

struct Shared {
    target: Target,
    options: MongoOptions,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    collections: OnceLock<Collections>,
    stored: Notify,
    served: AtomicU64,
}

/// Where everything is kept.
#[derive(Clone)]
pub(crate) struct Collections {
    pub(crate) client: Client,
    /// The session documents, as the originals know them. Raw, since they may hold anything.
    pub(crate) sessions: Collection<RawDocumentBuf>,
    /// One document for each user of whom something is known besides.
    pub(crate) heads: Collection<Document>,
    /// The schema's version, and the relays' leases.
    pub(crate) service: Collection<Document>,
}

impl MongoStore {
    /// A store in the database that the URI names (`test` where it names none, as with every driver of MongoDB).
    /// Opens no connection: that is [`Prepare`](hexad_ports::Prepare).
    ///
    /// # Errors
    /// What is wrong with the URI, without what is secret in it.
    pub fn new(
        uri: &str,
        options: MongoOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Mistake> {
        let target = Target::parse(uri)?;
        // So that the relays of several processes do not walk side by side.
        let mut first = [0; 8];
        random.fill(&mut first);
        Ok(MongoStore(Arc::new(Shared {
            target,
            options,
            clock,
            random,
            collections: OnceLock::new(),
            stored: Notify::new(),
            served: AtomicU64::new(fnv1a(&first)),
        })))
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0.target
    }

    pub(crate) fn options(&self) -> &MongoOptions {
        &self.0.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Wakes those of this process who wait for events.
    pub(crate) fn stored(&self) -> &Notify {
        &self.0.stored
    }

    /// Counts the claims, so that each begins its search at another place.
    pub(crate) fn served(&self) -> &AtomicU64 {
        &self.0.served
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.random.fill(&mut bytes);
        bytes
    }

    pub(crate) fn collections(&self) -> Result<&Collections, Failure> {
        self.0.collections.get().ok_or(Failure::NotPrepared)
    }

    /// The first who is prepared decides; whoever comes later takes the same.
    pub(crate) fn keep(&self, collections: Collections) {
        // Where it is set already, that one is as good.
        let _ = self.0.collections.set(collections);
    }

    /// Carries out an operation within the store's patience.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        operation: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.run_within(self.0.options.patience, what, operation).await
    }

    /// As a task of its own: whoever asked may go away, a change that has begun is carried through all the same, and
    /// no connection is given up in the middle of an answer for that.
    pub(crate) async fn run_within<T: Send + 'static>(
        &self,
        patience: Duration,
        what: &'static str,
        operation: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.collections().map_err(|failure| failure.unavailable(what))?;
        let task = tokio::spawn(async move {
            timeout(patience, operation).await.unwrap_or(Err(Failure::TooSlow(patience)))
        });
        match task.await {
            Ok(answer) => answer.map_err(|failure| failure.unavailable(what)),
            Err(broken) => Err(Unavailable::new(what, broken)),
        }
    }
}

/// As MongoDB keeps it: to the millisecond.
pub(crate) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.unix_millis())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
