//! The broker's management API.

use super::var;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct Api {
    base: String,
    pub(crate) user: String,
    password: String,
    client: Client,
}

impl Api {
    pub(crate) fn new() -> Self {
        let url = var("HEXAD_TEST_RABBITMQ_API");
        let (credentials, host) = url.strip_prefix("http://").unwrap().rsplit_once('@').unwrap();
        let (user, password) = credentials.split_once(':').unwrap();
        // reqwest asks for a provider of TLS even where none is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Api {
            base: format!("http://{host}/api"),
            user: user.to_owned(),
            password: password.to_owned(),
            client: Client::new(),
        }
    }

    pub(crate) async fn put(&self, path: &str, body: impl Into<String>) {
        self.send(self.client.put(self.url(path)).body(body.into())).await;
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<String>) {
        self.send(self.client.post(self.url(path)).body(body.into())).await;
    }

    /// Deletes what may be gone already.
    pub(crate) async fn delete(&self, path: &str) {
        self.send(self.client.delete(self.url(path))).await;
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.send(self.client.get(self.url(path))).await).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    async fn send(&self, request: RequestBuilder) -> String {
        let request =
            request.basic_auth(&self.user, Some(&self.password)).header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success() || answer.status() == 404, "{answer:?}");
        answer.text().await.unwrap()
    }
}
