//! Coming to rest after a round, and the verdict on it.

use crate::{
    Observer,
    ledger::{Deed, History, Micros, Outcome, Told, Verdict, Write, check},
    load::Distinct,
    stores::Stores,
};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long nothing must arrive for the system to count as at rest.
const QUIET: Duration = Duration::from_millis(500);

/// How often somebody looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// What a round is judged by.
pub struct Judge<'a> {
    /// Whoever reads the queues.
    pub observer: &'a Observer,
    /// The stores.
    pub stores: &'a Stores,
    /// For fetching images.
    pub http: &'a reqwest::Client,
    /// How far the clocks of the services may be from ours.
    pub skew: Micros,
    /// How long what is on its way may take to arrive once everything is there again.
    pub patience: Duration,
    /// Whether the store's own list of events counts. Where events are not stored at all (a mutant) it says nothing.
    pub stored_events: bool,
}

impl Judge<'_> {
    /// Waits until all that may still arrive has arrived, and judges. Also answers how long that took.
    pub async fn verdict(&self, prefix: &str, mut writes: Vec<Write>) -> (Verdict, Duration) {
        let begun = Instant::now();
        self.fetch(&mut writes).await;
        let mut history =
            History { writes, queues: self.observer.queues(), skew: self.skew, ..History::default() };
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            let mut arrivals = self.observer.arrivals();
            if arrivals.len() != seen {
                (seen, since) = (arrivals.len(), Instant::now());
            }
            arrivals.retain(|arrival| arrival.username.starts_with(prefix));
            history.arrivals = arrivals;
            let read = self.stores.read(prefix).await;
            let late = begun.elapsed() > self.patience;
            match read {
                Ok(stored) => {
                    history.stored = stored;
                    if !self.stored_events {
                        history.stored.events = None;
                    }
                    let verdict = check(&history);
                    let quiet = since.elapsed() >= QUIET;
                    // What time does not heal is looked at again all the same: a row may be on its way, too.
                    if (quiet && verdict.findings.is_empty()) || late {
                        return (verdict, begun.elapsed());
                    }
                }
                Err(error) => assert!(!late, "a store cannot be read: {error}"),
            }
            sleep(INTERVAL).await;
        }
    }

    /// Fetches every image whose upload was answered, and compares it with what was sent.
    async fn fetch(&self, writes: &mut [Write]) {
        for write in writes.iter_mut().filter(|write| write.deed == Deed::Upload) {
            let Some(sent) = Distinct::read(&write.who) else { continue };
            if let Outcome::Promised(Told::Image { url, fetched }) = &mut write.outcome {
                *fetched = self.is(url, &sent.content()).await;
            }
        }
    }

    /// Whether the URL has these bytes; one more try where no answer comes.
    async fn is(&self, url: &str, content: &[u8]) -> bool {
        for _ in 0..2 {
            if let Ok(response) = self.http.get(url).send().await
                && let Ok(bytes) = response.bytes().await
            {
                return bytes == content;
            }
        }
        false
    }
}
