//! Clients that register, log in, change sessions and upload images, several at a time.

use super::{
    Places,
    ledger::{Ledger, Registered, Uploaded},
};
use hexad_system_tests::{Answer, Call, Person, SOAP_1_1, USER_SERVICE, form, picture, token};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{RwLock, watch},
    task::JoinHandle,
};

/// How long a client waits after a service was not there, as clients do.
const PAUSE: Duration = Duration::from_millis(10);

/// What the clients may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Wait,
    Go,
    End,
}

/// The clients. They begin when they are told to go on.
pub(crate) struct Load {
    clients: Vec<JoinHandle<()>>,
    running: watch::Sender<May>,
    /// Held by each client for the time of a request, so that whoever holds it alone knows that none is on its way.
    busy: Arc<RwLock<()>>,
}

impl Load {
    pub(crate) fn start(clients: u64, seed: u64, places: &Places, ledger: &Arc<Ledger>) -> Self {
        let (running, watch) = watch::channel(May::Wait);
        let busy = Arc::new(RwLock::new(()));
        let client = |number| Client {
            number,
            choice: fastrand::Rng::with_seed(seed.wrapping_add(number)),
            made: 0,
            own: Vec::new(),
            places: places.clone(),
            ledger: Arc::clone(ledger),
        };
        let clients = (1..=clients)
            .map(|number| tokio::spawn(client(number).run(watch.clone(), Arc::clone(&busy))))
            .collect();
        Self { clients, running, busy }
    }

    pub(crate) fn go_on(&self) {
        self.running.send_replace(May::Go);
    }

    /// No request is on its way when this returns, and none will be until the load goes on.
    pub(crate) async fn pause(&self) {
        self.running.send_replace(May::Wait);
        drop(self.busy.write().await);
    }

    /// Whether a client has met what no service may do. None ends otherwise before it is told to.
    pub(crate) fn has_failed(&self) -> bool {
        self.clients.iter().any(JoinHandle::is_finished)
    }

    pub(crate) async fn stop(self) {
        self.running.send_replace(May::End);
        for client in self.clients {
            client.await.expect("a client was answered what no service may answer");
        }
    }
}

struct Client {
    number: u64,
    choice: fastrand::Rng,
    made: u64,
    /// The people whom this client registered, by their places in the ledger. Nobody else acts for them.
    own: Vec<usize>,
    places: Places,
    ledger: Arc<Ledger>,
}

impl Client {
    async fn run(mut self, mut may: watch::Receiver<May>, busy: Arc<RwLock<()>>) {
        loop {
            let told = may.wait_for(|may| *may != May::Wait).await.map(|may| *may);
            if told.ok() != Some(May::Go) {
                return;
            }
            let request = busy.read().await;
            // It may have been told to wait while it waited.
            if *may.borrow() != May::Go {
                continue;
            }
            let whose = self.whose();
            let answered = match (self.choice.u32(0..100), whose) {
                (0..35, _) | (35..80, None) => self.register().await,
                (35..50, Some(whose)) => self.log_in(whose).await,
                (50..80, Some(whose)) => self.change(whose).await,
                _ => self.upload().await,
            };
            drop(request);
            if answered.is_none() {
                self.ledger.unanswered();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn whose(&mut self) -> Option<usize> {
        let choice = &mut self.choice;
        (!self.own.is_empty()).then(|| self.own[choice.usize(0..self.own.len())])
    }

    fn distinct(&mut self) -> String {
        self.made += 1;
        format!("{}-{}", self.number, self.made)
    }

    async fn register(&mut self) -> Option<()> {
        let person = Person::numbered(&self.distinct());
        let call = self.places.of("user-soap").post("/register").body("text/xml", person.envelope(SOAP_1_1));
        let answer = answer(call).await?;
        // A fault can only say that the store is busy or away: nobody else has these names.
        if answer.status != 200 {
            let code = answer.fault().code;
            assert!(["busy", "unavailable"].contains(&code.as_str()), "{}", answer.text());
            return None;
        }
        let id = answer.response(USER_SERVICE, "registerUserResponse")["id"].clone();
        let mut people = self.ledger.people();
        self.own.push(people.len());
        people.push(Registered { person, id, token: None, logged_in_at: String::new(), changed: 0, sent: 0 });
        Some(())
    }

    async fn log_in(&self, whose: usize) -> Option<()> {
        let person = self.ledger.people()[whose].person.clone();
        let asked_at = token::rfc3339_now();
        let body = json!({"username": person.username(), "password": person.get("password")});
        let answer = answer(self.places.of("auth").post("/login").json(&body)).await?;
        if answer.status == 503 {
            return None;
        }
        let token = answer.ok(200)["token"].as_str().expect("a token").to_owned();
        let mut people = self.ledger.people();
        people[whose].logged_in_at = asked_at;
        people[whose].token = Some(token);
        drop(people);
        self.ledger.logged_in();
        Some(())
    }

    /// Counts one on in the session, which is opened by the first.
    async fn change(&self, whose: usize) -> Option<()> {
        let (token, id, sent) = {
            let mut people = self.ledger.people();
            let registered = &mut people[whose];
            let Some(token) = registered.token.clone() else { return Some(()) };
            registered.sent += 1;
            (token, registered.id.clone(), registered.sent)
        };
        let session = self.places.of("session");
        let call = if sent % 5 == 1 {
            session.post("/api/sessions")
        } else {
            session.call("PUT", &format!("/api/sessions/{id}"))
        };
        let answer = answer(call.bearer(&token).json(&json!({"data": {"n": sent}}))).await?;
        match answer.status {
            200 | 201 => {}
            // The first was not answered, and its session not opened.
            404 if self.ledger.people()[whose].changed == 0 => return None,
            503 => return None,
            _ => panic!("a change was answered {} {}", answer.status, answer.text()),
        }
        self.ledger.people()[whose].changed = sent;
        self.ledger.changed();
        Some(())
    }

    async fn upload(&mut self) -> Option<()> {
        let distinct = self.distinct();
        // A few names for all, so that most are taken; and some that are large enough to be killed in the middle.
        let name = format!("{}.png", self.choice.u32(0..9));
        let size = if self.choice.u32(0..4) == 0 { 600_000 } else { 10 };
        let content = picture(&format!("{distinct}{}", "x".repeat(size)));
        let (content_type, body) = form("file", &name, &content);
        let answer = answer(self.places.of("image").post("/images").body(&content_type, body)).await?;
        if answer.status == 503 {
            return None;
        }
        let url = answer.ok(201)["url"].as_str().expect("a URL").to_owned();
        let path = url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).expect("a path");
        self.ledger.images().push(Uploaded { path, content });
        Some(())
    }
}

/// The answer, if there is one. One that says `internal` is none that a service may give, killed or not.
async fn answer(call: Call) -> Option<Answer> {
    let answer = call.try_send().await.ok()?;
    assert!(!answer.text().contains("internal"), "{}", answer.text());
    Some(answer)
}
