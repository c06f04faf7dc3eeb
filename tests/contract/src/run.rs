//! Running one test: its runtime, its time, and what happens at once in it.

use std::{future::Future, sync::Arc, time::Duration};
use tokio::{runtime::Builder, sync::Barrier, time::timeout};

/// How long one test may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test on a runtime of several threads.
///
/// # Panics
/// Where the test does, or takes longer than a minute.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime");
    let finished = runtime.block_on(async { timeout(PATIENCE, test).await.is_ok() });
    // What the test left behind on blocking threads may be what hung.
    runtime.shutdown_timeout(Duration::from_secs(1));
    assert!(finished, "the test hung");
}

/// What a future gives in time.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(Duration::from_secs(10), future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} took longer than ten seconds"),
    }
}

/// Runs these at the same moment, on threads of their own as far as there are any, and gives what each answered, in
/// the order given.
pub(crate) async fn at_once<T, F>(futures: impl IntoIterator<Item = F>) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let futures: Vec<F> = futures.into_iter().collect();
    let start = Arc::new(Barrier::new(futures.len()));
    let tasks: Vec<_> = futures
        .into_iter()
        .map(|future| {
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                future.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a task of the test"));
    }
    answers
}
