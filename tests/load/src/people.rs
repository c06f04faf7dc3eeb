//! Who logs in.

use crate::server::Server;
use futures_util::future::join_all;
use hexad_system_tests::{Answer, Person, Service, Unanswered};
use serde_json::json;
use std::path::Path;

/// People who are registered, one for each client.
pub(crate) struct People(Vec<Person>);

impl People {
    /// Registers so many, by the registration service on the same stores.
    pub(crate) async fn register(programs: &Path, folder: &Path, count: usize) -> Self {
        let server = Server::start(programs, "user-soap", folder).await;
        let people: Vec<Person> = (0..count).map(|_| Person::new()).collect();
        // Not more at a time than can wait.
        for some in people.chunks(50) {
            join_all(some.iter().map(|person| person.register(&server.service))).await;
        }
        server.stop();
        People(people)
    }

    /// Somebody, by any number.
    pub(crate) fn get(&self, number: usize) -> &Person {
        self.0.get(number % self.0.len()).expect("there is somebody")
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.0.iter()
    }
}

/// A login, whatever becomes of it.
pub(crate) async fn log_in(person: &Person, auth: &Service) -> Result<Answer, Unanswered> {
    let body = json!({"username": person.username(), "password": person.get("password")});
    auth.post("/login").json(&body).try_send().await
}
