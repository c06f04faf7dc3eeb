//! On whose behalf the clients write.

use super::{
    Shared,
    requests::{answer, of_rest},
};
use crate::ledger::{Deed, Outcome, Told};
use futures_util::{StreamExt, stream};
use hexad_system_tests::Person;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How many people have a session from the beginning of a round. Several clients write for each at once.
const POPULATION: u64 = 24;

/// Of so many people one ends the session.
const CLOSERS: u64 = 6;

/// How many are made at once.
const AT_ONCE: usize = 4;

/// How long it may take until a login has opened the session, in a system at rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often somebody looks.
const INTERVAL: Duration = Duration::from_millis(20);

/// Somebody with a session.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(super) person: Person,
    pub(super) id: String,
    pub(super) token: String,
    /// Whether they end their session one day. Such a one logs in once and never again, as a login that arrives after
    /// the end would open a new session.
    pub(super) closer: bool,
    closed: bool,
    busy: usize,
}

/// Everybody in a round.
#[derive(Debug, Default)]
pub(crate) struct People {
    prefix: String,
    made: u64,
    marks: u64,
    actors: Vec<Actor>,
}

impl People {
    pub(super) fn named(prefix: &str) -> Self {
        People { prefix: prefix.to_owned(), ..People::default() }
    }

    /// Somebody new.
    pub(super) fn anybody(&mut self) -> Person {
        self.made += 1;
        let name = format!("{}{}", self.prefix, self.made);
        let email = format!("{name}@example.org");
        Person::numbered(&self.made.to_string())
            .with("username", &name)
            .with("dni", &name)
            .with("email", &email)
    }

    /// A mark that no other change of the round has.
    pub(super) fn mark(&mut self) -> u64 {
        self.marks += 1;
        self.marks
    }

    /// Someone to write for, who is counted as busy until [`done`](Self::done).
    pub(super) fn borrow(&mut self, choice: &mut fastrand::Rng) -> Option<(usize, Actor)> {
        let open: Vec<usize> = self
            .actors
            .iter()
            .enumerate()
            .filter(|(_, actor)| !actor.closed)
            .map(|(place, _)| place)
            .collect();
        let place = *open.get(choice.usize(0..open.len().max(1)))?;
        self.actors[place].busy += 1;
        Some((place, self.actors[place].clone()))
    }

    pub(super) fn done(&mut self, place: usize) {
        self.actors[place].busy -= 1;
    }

    /// Whether the borrower may end the session: nobody else writes for its user, and from now on nobody does.
    pub(super) fn close(&mut self, place: usize) -> bool {
        let actor = &mut self.actors[place];
        let may = actor.closer && !actor.closed && actor.busy == 1;
        actor.closed |= may;
        may
    }
}

impl Shared {
    /// Registers people, logs them in, and waits until each has a session.
    pub(super) async fn populate(&self, seed: u64) {
        let make = stream::iter(1..=POPULATION).map(|number| self.settle(number, seed));
        make.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }

    /// Tries until somebody is settled; what is not answered is noted like any other write.
    async fn settle(&self, number: u64, seed: u64) {
        let mut choice = fastrand::Rng::with_seed(seed.wrapping_add(number));
        let settled = async {
            loop {
                let person = self.lock_people().anybody();
                let id = match self.registration(&person, &mut choice).await {
                    Outcome::Promised(Told::Id(id)) => id,
                    Outcome::Impossible(answer) => panic!("a registration was answered {answer}"),
                    _ => continue,
                };
                let token = match self.login(&person, &mut choice).await {
                    (Outcome::Promised(_), Some(token)) => token,
                    (Outcome::Impossible(answer), _) => panic!("a login was answered {answer}"),
                    _ => continue,
                };
                self.until_open(&id, &token, &mut choice).await;
                let closer = number.is_multiple_of(CLOSERS);
                let actor = Actor { person, id, token, closer, closed: false, busy: 0 };
                return self.lock_people().actors.push(actor);
            }
        };
        timeout(PATIENCE, settled).await.expect("a system at rest registers, logs in and opens a session");
    }

    async fn until_open(&self, id: &str, token: &str, choice: &mut fastrand::Rng) {
        let there = |_: &Value| Some(Told::Nothing);
        while of_rest(&answer(self.session(id, token, choice)).await, there, &[404])
            != Outcome::Promised(Told::Nothing)
        {
            sleep(INTERVAL).await;
        }
    }

    /// A registration, noted.
    pub(super) async fn registration(&self, person: &Person, choice: &mut fastrand::Rng) -> Outcome {
        let request = self.register(person, choice);
        self.noted(person.username(), Deed::Register, request, super::requests::of_registration).await.0
    }

    /// A login, noted, and its token.
    pub(super) async fn login(
        &self,
        person: &Person,
        choice: &mut fastrand::Rng,
    ) -> (Outcome, Option<String>) {
        let request = self.log_in(person, choice);
        let outcome = |answer: &_| of_rest(answer, super::requests::issued_at, &[429]);
        let (outcome, body) = self.noted(person.username(), Deed::LogIn, request, outcome).await;
        let token = body.and_then(|body| serde_json::from_str::<Value>(&body).ok());
        (outcome, token.and_then(|body| body["token"].as_str().map(str::to_owned)))
    }
}
