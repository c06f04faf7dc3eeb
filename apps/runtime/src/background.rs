//! What runs beside the services, for as long as the program does.

use crate::backoff::Backoff;
use hexad::{
    Consumer,
    ports::{Random, Unavailable, error_chain},
};
use std::{fmt, pin::Pin, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The most events that are applied between two looks at how it goes.
const BATCH: usize = 64;

/// How often what nobody needs any more is deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(60 * 60);

/// A task that is not expected to end by itself. It may be dropped at any moment.
pub(crate) struct Background {
    pub(crate) name: &'static str,
    pub(crate) work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Background {
    pub(crate) fn new(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { name, work: Box::pin(work) }
    }
}

/// Applies the events of others. While the store is away they wait where they are.
pub(crate) async fn consume(consumer: Consumer, random: Arc<dyn Random>) {
    let mut backoff = Backoff::default();
    loop {
        match consumer.step(BATCH).await {
            Ok(_) => {
                if backoff.succeed() {
                    tracing::info!("events are applied again");
                }
            }
            Err(error) => {
                let pause = backoff.fail(random.as_ref());
                tracing::warn!(error = error_chain(&error), ?pause, "events could not be applied, and wait");
                sleep(pause).await;
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
