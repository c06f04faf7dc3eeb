//! Waiting for something that is to happen, never for a time to pass.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything may take, on any machine. Only what is broken comes near it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often somebody looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// Looks until there is something to see, and returns it.
///
/// # Panics
/// Where nothing comes within [`PATIENCE`].
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(INTERVAL).await;
    }
}

/// The same for what is seen without waiting for an answer.
///
/// # Panics
/// Where nothing comes within [`PATIENCE`].
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(INTERVAL);
    }
}
