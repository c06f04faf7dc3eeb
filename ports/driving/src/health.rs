//! Whether the parts that a service needs are there.

use hexad_ports::{Probe, error_chain};
use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The stores that did not answer, by name.
    pub missing: Vec<&'static str>,
    /// Whether the broker answers; `None` where none is configured.
    pub broker: Option<bool>,
}

impl Report {
    /// Whether the service can do its work. Without the broker it can: events wait in the store.
    pub fn is_healthy(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Checks a service's stores, and its broker.
#[derive(Clone, Default)]
pub struct Health {
    stores: Vec<(&'static str, Arc<dyn Probe>)>,
    broker: Option<Arc<dyn Probe>>,
}

impl Health {
    /// Adds a store, by the name that a report gives it.
    #[must_use]
    pub fn with_store(mut self, name: &'static str, probe: Arc<dyn Probe>) -> Self {
        self.stores.push((name, probe));
        self
    }

    /// Sets the broker.
    #[must_use]
    pub fn with_broker(mut self, probe: Arc<dyn Probe>) -> Self {
        self.broker = Some(probe);
        self
    }

    /// Asks every part at once, and waits for each as long as it takes.
    pub async fn check(&self) -> Report {
        self.check_within(pending).await
    }

    /// Asks every part at once. A part that has said nothing when its own `patience` ends is as good as away, and
    /// hides nothing of the others. A runtime's timer makes the patience: `|| tokio::time::sleep(limit)`.
    pub async fn check_within<P: Future<Output = ()>>(&self, patience: impl Fn() -> P) -> Report {
        let stores = self.stores.iter().map(|(name, probe)| (*name, probe));
        let parts = stores.chain(self.broker.iter().map(|probe| ("the broker", probe)));
        let mut checks: Vec<_> =
            parts.map(|(name, probe)| (Box::pin(answers(name, probe.as_ref(), patience())), None)).collect();
        let mut there = poll_fn(|cx| {
            for (check, there) in checks.iter_mut().filter(|(_, there)| there.is_none()) {
                if let Poll::Ready(answer) = check.as_mut().poll(cx) {
                    *there = Some(answer);
                }
            }
            checks
                .iter()
                .map(|(_, there)| *there)
                .collect::<Option<Vec<_>>>()
                .map_or(Poll::Pending, Poll::Ready)
        })
        .await
        .into_iter();
        let missing =
            self.stores.iter().zip(&mut there).filter(|(_, there)| !there).map(|((name, _), _)| *name);
        Report { missing: missing.collect(), broker: there.next() }
    }
}

/// Whether the part answers in time.
async fn answers(name: &'static str, probe: &dyn Probe, patience: impl Future<Output = ()>) -> bool {
    let (mut check, mut patience) = (probe.check(), pin!(patience));
    let answer = poll_fn(|cx| match check.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => patience.as_mut().poll(cx).map(|()| None),
    });
    match answer.await {
        Some(Ok(_)) => true,
        Some(Err(error)) => {
            tracing::warn!(part = name, error = error_chain(&error), "a part does not answer");
            false
        }
        None => {
            tracing::warn!(part = name, "a part does not answer in time");
            false
        }
    }
}
