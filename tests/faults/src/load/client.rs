//! One client.

use super::{
    InFlight, Shared, Slowest, now,
    people::{Actor, People},
    requests::{Answer, answer, of_rest},
};
use crate::ledger::{Deed, Outcome, Told, Write};
use hexad_system_tests::picture;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::{
    sync::{Arc, MutexGuard},
    time::{Duration, Instant},
};
use tokio::{
    sync::{RwLock, watch},
    time::sleep,
};

/// How long a client waits after a service was not there, as clients do.
const PAUSE: Duration = Duration::from_millis(20);

/// The most characters of an answer that are kept.
const TOLD: usize = 300;

pub(super) struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) choice: fastrand::Rng,
}

impl Client {
    /// Writes for as long as it may.
    pub(super) async fn run(mut self, may: watch::Receiver<bool>, busy: Arc<RwLock<()>>) {
        while *may.borrow() {
            let request = busy.read().await;
            let outcome = self.write().await;
            drop(request);
            if outcome == Some(Outcome::Unknown) {
                sleep(PAUSE).await;
            }
        }
    }

    async fn write(&mut self) -> Option<Outcome> {
        match self.choice.u32(0..100) {
            0..8 => Some(self.newcomer().await),
            8..10 => Some(self.rivals().await),
            10..14 if !self.shared.target.image.is_empty() => Some(self.upload().await),
            kind => {
                let shared = Arc::clone(&self.shared);
                let (place, actor) = shared.lock_people().borrow(&mut self.choice)?;
                let outcome = self.write_for(kind, place, &actor).await;
                shared.lock_people().done(place);
                Some(outcome)
            }
        }
    }

    async fn write_for(&mut self, kind: u32, place: usize, actor: &Actor) -> Outcome {
        let Client { shared, choice } = self;
        let name = actor.person.username();
        let nothing = |_: &Value| Some(Told::Nothing);
        if kind >= 97 && shared.lock_people().close(place) {
            let request = shared.end(&actor.id, &actor.token, choice);
            return shared.noted(name, Deed::End, request, |answer| of_rest(answer, nothing, &[])).await.0;
        }
        match kind {
            14..22 if !actor.closer => shared.login(&actor.person, choice).await.0,
            22..26 => {
                let request = shared.open(&actor.token, choice);
                shared.noted(name, Deed::Open, request, |answer| of_rest(answer, nothing, &[])).await.0
            }
            _ => {
                let mark = shared.lock_people().mark();
                let request = shared.change(&actor.id, &actor.token, mark, choice);
                shared
                    .noted(name, Deed::Change(mark), request, |answer| of_rest(answer, nothing, &[]))
                    .await
                    .0
            }
        }
    }

    /// Somebody registers and logs in at once: the event of the login opens the session, or nobody does.
    async fn newcomer(&mut self) -> Outcome {
        let Client { shared, choice } = self;
        let person = shared.lock_people().anybody();
        match shared.registration(&person, choice).await {
            Outcome::Promised(_) => shared.login(&person, choice).await.0,
            other => other,
        }
    }

    /// Two register under one name at once: one of them must be refused.
    async fn rivals(&mut self) -> Outcome {
        let Client { shared, choice } = self;
        let person = shared.lock_people().anybody();
        let mut other = choice.fork();
        let (one, _) =
            tokio::join!(shared.registration(&person, choice), shared.registration(&person, &mut other));
        one
    }

    async fn upload(&mut self) -> Outcome {
        let Client { shared, choice } = self;
        // A few names for all, so that most are taken; and some that are large enough to be broken in the middle.
        let name = format!("{}.png", choice.u32(0..9));
        let size = if choice.u32(0..4) == 0 { 600_000 } else { 10 };
        let distinct = Distinct { number: choice.u64(..), size };
        let request = shared.upload(&name, &distinct.content(), choice);
        let told =
            |answer: &Value| Some(Told::Image { url: answer["url"].as_str()?.to_owned(), fetched: false });
        shared
            .noted(&distinct.to_string(), Deed::Upload, request, |answer| of_rest(answer, told, &[]))
            .await
            .0
    }
}

impl Shared {
    pub(super) fn lock_people(&self) -> MutexGuard<'_, People> {
        self.people.lock().expect("nobody panics with it")
    }

    /// Sends a write, and notes what came of it.
    pub(super) async fn noted(
        &self,
        who: &str,
        deed: Deed,
        request: RequestBuilder,
        outcome: impl FnOnce(&Answer) -> Outcome,
    ) -> (Outcome, Option<String>) {
        let begun = Instant::now();
        let sent = now();
        let answer = {
            let _in_flight = InFlight::begin(self);
            answer(request).await
        };
        let ended = now();
        let outcome = outcome(&answer);
        // With an answer, and that one is 503 or says the same.
        if answer.is_some() && outcome == Outcome::Unknown {
            let mut slowest = self.slowest.lock().expect("nobody panics with it");
            if slowest.time < begun.elapsed() {
                let says =
                    answer.as_ref().map(|(_, body)| body.chars().take(TOLD).collect()).unwrap_or_default();
                *slowest = Slowest { time: begun.elapsed(), deed: Some(deed), says };
            }
        }
        let write = Write { who: who.to_owned(), deed, sent, ended, outcome: outcome.clone() };
        self.writes.lock().expect("nobody panics with it").push(write);
        (outcome, answer.map(|(_, body)| body))
    }
}

/// The bytes of an upload, made again from a few letters when they are to be compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Distinct {
    number: u64,
    size: usize,
}

impl Distinct {
    pub(crate) fn content(self) -> Vec<u8> {
        picture(&format!("{}{}", self.number, "x".repeat(self.size)))
    }

    /// The one that was written so.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (number, size) = text.split_once('/')?;
        Some(Distinct { number: number.parse().ok()?, size: size.parse().ok()? })
    }
}

impl std::fmt::Display for Distinct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.size)
    }
}
