//! Tasks with names, so that one that crashes can be told.

use crate::preparing::Mistaken;
use std::{collections::HashMap, future::pending};
use tokio::task::{Id, JoinError, JoinSet};

/// A part of the program ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum Crashed {
    /// It came to its end.
    #[error("{0} ended, which it should not")]
    Ended(&'static str),
    /// It panicked; the log says where.
    #[error("{0} panicked")]
    Panicked(&'static str),
    /// A part that was away at the start has shown that it can never be used as things are.
    #[error(transparent)]
    Mistaken(#[from] Mistaken),
}

/// Tasks that are expected to run until they are told to stop. Dropping them cuts them off.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    running: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Tasks {
    pub(crate) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.running.spawn(task);
        self.names.insert(handle.id(), name);
    }

    /// Returns when a task has ended, however.
    pub(crate) async fn crash(&mut self) -> Crashed {
        match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => Crashed::Ended(self.name(id)),
            Some(Err(error)) => self.panicked(&error),
            None => pending().await,
        }
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// One of them panicked.
    pub(crate) async fn finish(&mut self) -> Result<(), Crashed> {
        let mut outcome = Ok(());
        while let Some(ended) = self.running.join_next().await {
            if let Err(error) = ended {
                outcome = Err(self.panicked(&error));
            }
        }
        outcome
    }

    /// Cuts all off.
    pub(crate) async fn cut(&mut self) {
        self.running.shutdown().await;
    }

    fn panicked(&self, error: &JoinError) -> Crashed {
        Crashed::Panicked(self.name(error.id()))
    }

    fn name(&self, id: Id) -> &'static str {
        self.names.get(&id).copied().unwrap_or("a part of the program")
    }
}
