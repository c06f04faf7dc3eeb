//! What runs beside the services, for as long as the program does.

use crate::backoff::Backoff;
use hexad::{
    Consumer,
    ports::{Random, Unavailable, error_chain},
};
use std::{fmt, pin::Pin, sync::Arc, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The most events that are applied between two looks at how it goes.
const BATCH: usize = 64;

/// How often what nobody needs any more is deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(60 * 60);

/// A task that is not expected to end by itself before the program does.
pub(crate) struct Background {
    pub(crate) name: &'static str,
    pub(crate) work: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Whether it ends soon after it was told that the program does. Any other may be dropped at any moment.
    pub(crate) finishes: bool,
}

impl Background {
    /// A task that may be dropped at any moment.
    pub(crate) fn new(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { name, work: Box::pin(work), finishes: false }
    }

    /// A task that ends once the token that it has is cancelled, with what it is at.
    pub(crate) fn finishing(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { finishes: true, ..Self::new(name, work) }
    }
}

/// Applies the events of others until the end, and finishes what it has begun then. While the store is away they wait
/// where they are.
pub(crate) async fn consume(consumer: Consumer, random: Arc<dyn Random>, end: CancellationToken) {
    let mut backoff = Backoff::default();
    let mut told = false;
    loop {
        let received = tokio::select! {
            biased;
            () = end.cancelled() => return,
            received = consumer.receive(BATCH) => received,
        };
        let applied = match received {
            Ok(deliveries) => consumer.apply(deliveries).await,
            Err(error) => Err(error),
        };
        match applied {
            Ok(_) => {
                backoff.succeed();
                if std::mem::take(&mut told) {
                    tracing::info!("events are applied again");
                }
            }
            Err(error) => {
                let pause = backoff.fail(random.as_ref());
                let error = error_chain(&error);
                // An outage is one line, however long it is.
                if std::mem::replace(&mut told, true) {
                    tracing::debug!(error, ?pause, "events still wait to be applied");
                } else {
                    tracing::warn!(error, "events could not be applied, and wait");
                }
                tokio::select! {
                    () = end.cancelled() => return,
                    () = sleep(pause) => {}
                }
            }
        }
    }
}

/// Deletes now and then what nobody needs any more: `once` does it, and answers what it has deleted.
pub(crate) async fn prune<P: fmt::Debug, F: Future<Output = Result<P, Unavailable>>>(
    once: impl Fn() -> F,
    random: Arc<dyn Random>,
) {
    loop {
        // Not at once, and not together with the other programs that were started with this one.
        let mut byte = [0];
        random.fill(&mut byte);
        let [byte] = byte;
        sleep(PRUNE_EVERY / 2 + PRUNE_EVERY / 2 * u32::from(byte) / 255).await;
        match once().await {
            Ok(pruned) => tracing::debug!(?pruned, "pruned"),
            Err(error) => tracing::warn!(error = error_chain(&error), "the store was not pruned"),
        }
    }
}
