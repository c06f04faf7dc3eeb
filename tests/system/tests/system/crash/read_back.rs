//! Reading back what the ledger holds, by the routes of the services.

use super::{
    Places,
    ledger::{Ledger, Registered, Uploaded},
};
use futures_util::{StreamExt, stream};
use hexad_system_tests::{PATIENCE, WEBSERVICE};
use std::time::{Duration, Instant};

/// How many reads are on their way at once.
const AT_ONCE: usize = 8;

/// How often somebody looks whether a login has arrived.
const INTERVAL: Duration = Duration::from_millis(5);

/// What came of it.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) read: u64,
    /// What was answered and is not there, in words.
    pub(crate) lost: Vec<String>,
    /// The longest that somebody had to wait for a login to move the last connection.
    pub(crate) slowest_event: Duration,
}

impl Outcome {
    fn expect(&mut self, found: bool, what: impl FnOnce() -> String) {
        self.read += 1;
        if !found {
            self.lost.push(what());
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.read += other.read;
        self.lost.extend(other.lost);
        self.slowest_event = self.slowest_event.max(other.slowest_event);
        self
    }
}

/// Reads everything.
pub(crate) async fn all(places: &Places, ledger: &Ledger) -> Outcome {
    let (people, images) = (ledger.people().clone(), ledger.images().clone());
    let people = stream::iter(people).map(|registered| person(places, registered)).buffer_unordered(AT_ONCE);
    let images = stream::iter(images).map(|uploaded| image(places, uploaded)).buffer_unordered(AT_ONCE);
    let people = people.fold(Outcome::default(), async |all, one| all.and(one)).await;
    images.fold(people, async |all, one| all.and(one)).await
}

async fn person(places: &Places, registered: Registered) -> Outcome {
    let mut outcome = Outcome::default();
    let Registered { person, id, token, logged_in_at, changed, sent } = &registered;
    let name = person.username();
    let found = places.of("user-lookup").get(&format!("/user/soap?username={name}")).send().await;
    let same = found.status == 200 && found.response(WEBSERVICE, "getUserByUsernameResponse")["id"] == *id;
    outcome.expect(same, || format!("the registration of {name}: {}", found.text()));
    let Some(token) = token else { return outcome };

    let begun = Instant::now();
    let last = loop {
        let answer = places.of("connected").get(&format!("/last-connection?username={name}")).send().await;
        let at = answer.json()["at"].as_str().map(str::to_owned);
        if at.is_some_and(|at| at.as_str() >= logged_in_at.as_str()) || begun.elapsed() > PATIENCE {
            break answer;
        }
        tokio::time::sleep(INTERVAL).await;
    };
    outcome.slowest_event = begun.elapsed();
    let in_time = outcome.slowest_event <= PATIENCE;
    outcome.expect(in_time, || format!("the login of {name} at {logged_in_at}: {}", last.text()));

    if *changed > 0 {
        let answer = places.of("session").get(&format!("/api/sessions/{id}")).bearer(token).send().await;
        let n = (answer.status == 200).then(|| answer.json()["data"]["n"].as_u64()).flatten();
        let there = n.is_some_and(|n| (*changed..=*sent).contains(&n));
        outcome.expect(there, || {
            format!("change {changed} of {name}'s session (or up to {sent}): {}", answer.text())
        });
    }
    outcome
}

async fn image(places: &Places, uploaded: Uploaded) -> Outcome {
    let mut outcome = Outcome::default();
    let answer = places.of("image").get(&uploaded.path).send().await;
    let same = answer.status == 200 && answer.body == uploaded.content;
    outcome.expect(same, || {
        format!("{} ({} for {} bytes)", uploaded.path, answer.status, uploaded.content.len())
    });
    outcome
}

/// Logs everybody in who was ever registered.
pub(crate) async fn every_login(places: &Places, ledger: &Ledger) -> u64 {
    let people = ledger.people().clone();
    let logins =
        stream::iter(&people).map(async |registered| registered.person.log_in(&places.of("auth")).await);
    logins.buffer_unordered(2).fold(0, async |count, _| count + 1).await
}
