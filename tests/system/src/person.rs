//! People to register: each is somebody whom nobody else in the run has ever been.

use crate::{SOAP_1_1, Service, USER_SERVICE, register_user};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// Somebody, as the seven fields of a registration.
#[derive(Clone, Debug)]
pub struct Person(Vec<(&'static str, String)>);

impl Person {
    /// Somebody new.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two of them are never equal")]
    pub fn new() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self::numbered(&NUMBERS.fetch_add(1, Ordering::Relaxed).to_string())
    }

    /// The person of that number.
    #[must_use]
    pub fn numbered(number: &str) -> Self {
        Self(vec![
            ("username", format!("Ada.{number}")),
            ("password", format!("difference engine {number}")),
            ("first_name", "Ada".into()),
            ("last_name", "Lovelace".into()),
            ("dni", format!("D{number}")),
            ("email", format!("ada.{number}@example.org")),
            ("city", "London".into()),
        ])
    }

    /// The same person but for one field.
    #[must_use]
    pub fn with(mut self, field: &str, value: &str) -> Self {
        let place = self.0.iter_mut().find(|(name, _)| *name == field).expect("a field");
        value.clone_into(&mut place.1);
        self
    }

    /// The fields, in the order of the contract.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// One of the fields.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, value)| value.as_str()).expect("a field")
    }

    /// The name they log in with.
    #[must_use]
    pub fn username(&self) -> &str {
        self.get("username")
    }

    /// The envelope that registers them.
    #[must_use]
    pub fn envelope(&self, soap: &str) -> String {
        register_user(soap, &self.fields())
    }

    /// Registers them, and returns their id.
    pub async fn register(&self, user_soap: &Service) -> String {
        let answer = user_soap.post("/register").body("text/xml", self.envelope(SOAP_1_1)).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.response(USER_SERVICE, "registerUserResponse")["id"].clone()
    }

    /// Logs them in, and returns the token.
    pub async fn log_in(&self, auth: &Service) -> String {
        let body = json!({"username": self.username(), "password": self.get("password")});
        let answer = auth.post("/login").json(&body).send().await.ok(200);
        answer["token"].as_str().expect("a token").to_owned()
    }
}
