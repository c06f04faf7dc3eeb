//! Making the parts on the other side of a network ready: at the start, and for as long as it takes.

use crate::{backoff::Backoff, settings::Names, tasks::Crashed};
use hexad::ports::{Mistake, NotReady, Prepare, Random, error_chain};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long the start waits for the parts: then the services listen, whoever is missing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something that only an operator can mend, and the setting to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {mistake}")]
pub struct Mistaken {
    /// The name of the setting, as it was given.
    pub setting: String,
    /// What is wrong.
    pub mistake: Mistake,
}

impl Mistaken {
    pub(crate) fn new(names: &Names, mistake: Mistake) -> Self {
        Self { setting: names.about(mistake.about).to_owned(), mistake }
    }
}

/// A part that is to be made ready.
pub(crate) struct Remote {
    /// What it is to an operator.
    pub(crate) name: &'static str,
    pub(crate) part: Arc<dyn Prepare>,
    /// The settings that lead to it.
    pub(crate) names: Names,
}

/// Parts that are not ready yet. Dropping this ends the trying.
#[derive(Debug, Default)]
pub(crate) struct Preparing(JoinSet<Result<(), Mistaken>>);

impl Preparing {
    /// Begins with all at once, and returns when each is ready or has been found away, or when the time for a start
    /// is over. Those that are away are tried again and again.
    ///
    /// # Errors
    /// A mistake that shows by then.
    pub(crate) async fn begin(remotes: Vec<Remote>, random: &Arc<dyn Random>) -> Result<Self, Crashed> {
        let mut preparing = Self::default();
        let (tried, mut first_tries) = mpsc::channel(remotes.len().max(1));
        let mut left = remotes.len();
        for remote in remotes {
            preparing.0.spawn(make_ready(remote, Arc::clone(random), tried.clone()));
        }
        drop(tried);
        let first_round = async {
            while left > 0 {
                tokio::select! {
                    Some(()) = first_tries.recv() => left -= 1,
                    Some(ended) = preparing.0.join_next() => ended_well(ended)?,
                    else => break,
                }
            }
            Ok::<_, Crashed>(())
        };
        match timeout(PATIENCE, first_round).await {
            Ok(outcome) => outcome?,
            Err(_) => {
                tracing::warn!(parts = left, "parts are slow to answer; the services listen without them")
            }
        }
        Ok(preparing)
    }

    /// Returns when a part shows that it can never be used as things are.
    pub(crate) async fn crash(&mut self) -> Crashed {
        while let Some(ended) = self.0.join_next().await {
            if let Err(crash) = ended_well(ended) {
                return crash;
            }
        }
        pending().await
    }
}

fn ended_well(ended: Result<Result<(), Mistaken>, tokio::task::JoinError>) -> Result<(), Crashed> {
    ended.map_err(|_| Crashed::Panicked("what makes parts ready"))?.map_err(Crashed::Mistaken)
}

/// Tries until the part is ready. Says when it was tried for the first time, unless that showed a mistake: then the
/// end says more.
async fn make_ready(
    Remote { name, part, names }: Remote,
    random: Arc<dyn Random>,
    tried: mpsc::Sender<()>,
) -> Result<(), Mistaken> {
    let (mut backoff, mut tried) = (Backoff::default(), Some(tried));
    loop {
        let outcome = part.prepare().await;
        let first = if matches!(outcome, Err(NotReady::Mistake(_))) { None } else { tried.take() };
        if let Some(tried) = &first {
            // Nobody listens any more where the start has not waited.
            let _ = tried.try_send(());
        }
        match outcome {
            Ok(()) => {
                if backoff.succeed() {
                    tracing::info!(part = name, "a part is there now");
                }
                return Ok(());
            }
            Err(NotReady::Mistake(mistake)) => return Err(Mistaken::new(&names, mistake)),
            Err(NotReady::Away(unavailable)) => {
                let error = error_chain(&unavailable);
                if first.is_some() {
                    tracing::warn!(
                        part = name,
                        error,
                        "a part is not there yet; it is tried again and again"
                    );
                } else {
                    tracing::debug!(part = name, error, "a part is still not there");
                }
            }
        }
        sleep(backoff.fail(random.as_ref())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Names, PATIENCE, Preparing, Remote};
    use crate::ambient::OsRandom;
    use hexad::ports::{Concern, Mistake, NotReady, Prepare, Random, Unavailable, async_trait};
    use std::{
        future::pending,
        sync::atomic::{AtomicU32, Ordering::SeqCst},
        time::Duration,
    };
    use tokio::time::Instant;

    /// A part that is away for so many tries, and then as it is said.
    struct Part {
        away: AtomicU32,
        mistaken: bool,
    }

    #[async_trait]
    impl Prepare for Part {
        async fn prepare(&self) -> Result<(), NotReady> {
            let away = self.away.load(SeqCst);
            if away > 0 {
                self.away.store(away - 1, SeqCst);
                return Err(Unavailable::new("the part", "nobody listens").into());
            }
            if self.mistaken {
                return Err(Mistake::new(Concern::Credentials, "the password is refused").into());
            }
            Ok(())
        }
    }

    /// One that says nothing.
    struct Silent;

    #[async_trait]
    impl Prepare for Silent {
        async fn prepare(&self) -> Result<(), NotReady> {
            pending().await
        }
    }

    fn remote(part: Arc<dyn Prepare>) -> Remote {
        Remote { name: "a part", part, names: Names::one("PART_URL") }
    }

    fn part(away: u32, mistaken: bool) -> Arc<Part> {
        Arc::new(Part { away: AtomicU32::new(away), mistaken })
    }

    fn random() -> Arc<dyn Random> {
        Arc::new(OsRandom)
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_is_away_does_not_hold_the_start_up_and_is_ready_in_the_end() {
        let (there, away) = (part(0, false), part(5, false));
        let begun = Instant::now();
        let mut preparing =
            Preparing::begin(vec![remote(there), remote(away.clone())], &random()).await.unwrap();
        assert_eq!((begun.elapsed(), away.away.load(SeqCst)), (Duration::ZERO, 4));
        let minute = tokio::time::timeout(Duration::from_secs(60), preparing.crash()).await;
        assert!(minute.is_err(), "nothing is wrong");
        assert_eq!(away.away.load(SeqCst), 0);
        assert!(preparing.0.is_empty(), "it is not tried any more");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_says_nothing_is_not_waited_for() {
        let begun = Instant::now();
        assert!(Preparing::begin(vec![remote(Arc::new(Silent))], &random()).await.is_ok());
        assert_eq!(begun.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_mistake_ends_the_start_with_the_name_of_the_setting() {
        let parts = vec![remote(Arc::new(Silent)), remote(part(0, true)), remote(part(9, false))];
        let crash = Preparing::begin(parts, &random()).await.unwrap_err();
        assert_eq!(crash.to_string(), "PART_URL: the password is refused");
    }

    #[tokio::test(start_paused = true)]
    async fn a_mistake_that_shows_later_ends_the_program() {
        let mut preparing = Preparing::begin(vec![remote(part(3, true))], &random()).await.unwrap();
        assert_eq!(preparing.crash().await.to_string(), "PART_URL: the password is refused");
    }

    #[tokio::test]
    async fn without_parts_there_is_nothing_to_wait_for() {
        assert!(Preparing::begin(Vec::new(), &random()).await.is_ok());
    }
}
