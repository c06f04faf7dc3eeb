//! How long a question to the stores may take in all.

use hexad::{Error, ports::Unavailable};
use std::time::Duration;

/// A client hears within 5 s that a store is away. Each call of a port keeps to 4 s, but a question may be several calls,
/// and on a store that is merely slow none of them fails.
const PATIENCE: Duration = Duration::from_millis(4_500);

/// The answer, or that it did not come in time. A change may have been made then: the answer says as much as where the
/// outcome of a commit is unknown.
///
/// # Errors
/// What the question itself answers, and `Unavailable`.
pub async fn in_time<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = |_| Unavailable::new("a store", format!("it did not answer within {PATIENCE:?} in all"));
    tokio::time::timeout(PATIENCE, question).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::in_time;
    use hexad::Error;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn many_calls_that_are_each_in_time_end_in_time_together() {
        let began = tokio::time::Instant::now();
        let slow: Result<(), Error> = in_time(async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        })
        .await;
        assert!(matches!(slow, Err(Error::Unavailable(_))), "{slow:?}");
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(matches!(in_time(async { Ok(7) }).await, Ok(7)));
    }
}
