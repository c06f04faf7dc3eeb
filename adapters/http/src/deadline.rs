//! The time that a question may take in all.

use hexad::{
    Error,
    domain::{Password, PasswordHash},
    ports::{HashError, PasswordHasher, Unavailable, Verdict},
};
use std::{cell::Cell, future::Future, pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};

/// A client hears within 5 s that a store is away. Each call of a port keeps to 4 s, but a question may be several calls,
/// and on a store that is merely slow none of them fails.
const PATIENCE: Duration = Duration::from_millis(4_500);

tokio::task_local! {
    static WATCH: Watch;
}

/// The answer, or that it did not come in time. A change may have been made then: the answer says as much as where the
/// outcome of a commit is unknown. What goes by while a password is hashed by an [`Untimed`] hasher does not count.
///
/// # Errors
/// What the question itself answers, and `Unavailable`.
pub async fn in_time<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let watched = async {
        let (begun, mut question) = (Instant::now(), pin!(question));
        let deadline = || begun + PATIENCE + WATCH.with(Watch::stopped);
        loop {
            tokio::select! {
                biased;
                answer = &mut question => return answer,
                // It may have moved while this one was waited for.
                () = sleep_until(deadline()) => if deadline() <= Instant::now() {
                    let late = format!("it did not answer within {PATIENCE:?} in all");
                    return Err(Unavailable::new("a store", late).into());
                },
            }
        }
    };
    WATCH.scope(Watch::default(), watched).await
}

/// How long the watch of a question has stood still.
#[derive(Default)]
struct Watch {
    before: Cell<Duration>,
    since: Cell<Option<Instant>>,
}

impl Watch {
    fn stopped(&self) -> Duration {
        self.before.get() + self.since.get().map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// Stops the watch of the present question, if there is one, until it is dropped.
struct Stop;

impl Stop {
    fn begin() -> Self {
        // Whoever asks without a deadline has no watch.
        let _ = WATCH.try_with(|watch| watch.since.set(Some(Instant::now())));
        Stop
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        let _ = WATCH.try_with(|watch| {
            watch.before.set(watch.stopped());
            watch.since.set(None);
        });
    }
}

/// A hasher whose time does not count against a question's: how long a password may wait and be hashed is bounded by
/// the hasher itself, and says nothing about the stores.
pub struct Untimed(pub Arc<dyn PasswordHasher>);

#[hexad::ports::async_trait]
impl PasswordHasher for Untimed {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let _stop = Stop::begin();
        self.0.hash(password).await
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let _stop = Stop::begin();
        self.0.verify(password, stored).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Untimed, in_time};
    use hexad::{
        Error,
        domain::{Password, PasswordHash},
        ports::{HashError, PasswordHasher, Verdict, async_trait},
    };
    use std::{sync::Arc, time::Duration};
    use tokio::time::{Instant, sleep};

    async fn slow_calls(count: usize) {
        for _ in 0..count {
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Takes a minute for everything.
    struct Slow;

    #[async_trait]
    impl PasswordHasher for Slow {
        async fn hash(&self, _: &Password) -> Result<PasswordHash, HashError> {
            sleep(Duration::from_secs(60)).await;
            Ok(PasswordHash::from_stored(""))
        }

        async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> Result<Verdict, HashError> {
            sleep(Duration::from_secs(60)).await;
            Ok(Verdict::Mismatch)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_that_are_each_in_time_end_in_time_together() {
        let began = Instant::now();
        let slow: Result<(), Error> = in_time(async {
            slow_calls(10).await;
            Ok(())
        })
        .await;
        assert!(matches!(slow, Err(Error::Unavailable(_))), "{slow:?}");
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(matches!(in_time(async { Ok(7) }).await, Ok(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn hashing_does_not_count_and_what_comes_after_it_does() {
        let hasher = Untimed(Arc::new(Slow));
        let password = Password::presented("secret");
        let ask = async |calls| {
            let began = Instant::now();
            let answer = in_time(async {
                slow_calls(2).await;
                hasher.hash(&password).await?;
                hasher.verify(&password, None).await?;
                slow_calls(calls).await;
                Ok(())
            })
            .await;
            (answer, began.elapsed())
        };
        let (answer, took) = ask(2).await;
        assert!(answer.is_ok() && took == Duration::from_secs(124), "{answer:?} after {took:?}");
        let (answer, took) = ask(10).await;
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        assert!(took < Duration::from_secs(125), "{took:?}");
    }
}
