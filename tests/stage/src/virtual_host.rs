//! Virtual hosts of RabbitMQ, and what its management API tells of them.

use crate::{Parts, own_name, server};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

/// A virtual host.
#[derive(Debug, Clone)]
pub struct VirtualHost {
    /// The AMQP URL of it.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Where the broker listens: `host:port`.
    pub address: String,
    api: String,
    authorization: String,
}

/// A virtual host of the test's own at the broker that `HEXAD_TEST_AMQP` and `HEXAD_TEST_RABBITMQ_API` name.
///
/// # Panics
/// Where it cannot be made.
pub async fn rabbitmq() -> VirtualHost {
    let amqp = server("HEXAD_TEST_AMQP");
    let Parts { scheme, user, password, address } =
        amqp.parse().expect("HEXAD_TEST_AMQP is amqp://user:password@host:port");
    let api = server("HEXAD_TEST_RABBITMQ_API");
    let manager: Parts = api.parse().expect("HEXAD_TEST_RABBITMQ_API is http://user:password@host:port");
    let name = own_name("test");
    let host = VirtualHost {
        url: format!("{scheme}://{user}:{password}@{address}/{name}"),
        name,
        address,
        api: format!("{}://{}/api", manager.scheme, manager.address),
        authorization: format!("Basic {}", STANDARD.encode(format!("{}:{}", manager.user, manager.password))),
    };
    host.api(Method::PUT, &format!("/vhosts/{}", host.name), &json!({})).await;
    let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
    host.api(Method::PUT, &format!("/permissions/{}/{user}", host.name), &all).await;
    host
}

impl VirtualHost {
    /// The same URL with another address in it: a [`Proxy`](crate::Proxy)'s.
    #[must_use]
    pub fn through(&self, address: &str) -> String {
        self.url.replace(&self.address, address)
    }

    /// One request to the management API; `path` follows `/api`. `Null` where the answer has no body.
    ///
    /// # Panics
    /// Where the answer is no success.
    pub async fn api(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.api))
            .header("authorization", &self.authorization)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .expect("a request");
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let answer = client.request(request).await.expect("the management API answers");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// A queue as the broker sees it; `None` where there is none.
    pub async fn queue(&self, name: &str) -> Option<Value> {
        let (status, queue) =
            self.ask(Method::GET, &format!("/queues/{}/{name}", self.name), &Value::Null).await;
        status.is_success().then_some(queue)
    }

    /// The names of its queues.
    pub async fn queues(&self) -> Vec<String> {
        let queues = self.api(Method::GET, &format!("/queues/{}", self.name), &Value::Null).await;
        let queues = queues.as_array().into_iter().flatten();
        queues.filter_map(|queue| Some(queue["name"].as_str()?.to_owned())).collect()
    }

    /// What waits in a queue, a thousand at most, and stays there (marked as delivered before): `payload` (text),
    /// `properties`, `routing_key`, `exchange`, `redelivered`. What a consumer holds is not among it.
    pub async fn messages(&self, queue: &str) -> Vec<Value> {
        let path = format!("/queues/{}/{queue}/get", self.name);
        let asked = json!({"count": 1000, "ackmode": "ack_requeue_true", "encoding": "auto"});
        match self.api(Method::POST, &path, &asked).await {
            Value::Array(messages) => messages,
            other => panic!("{queue}: {other}"),
        }
    }

    /// Deletes the virtual host: its queues, and the connections to it.
    pub async fn delete(&self) {
        self.api(Method::DELETE, &format!("/vhosts/{}", self.name), &Value::Null).await;
    }

    /// Deletes a queue, with all that is in it.
    pub async fn delete_queue(&self, name: &str) {
        self.api(Method::DELETE, &format!("/queues/{}/{name}", self.name), &Value::Null).await;
    }

    /// The connections to the virtual host, by name. The broker tells of a new one, or of an end, up to some seconds
    /// late.
    pub async fn connections(&self) -> Vec<String> {
        let path = format!("/vhosts/{}/connections", self.name);
        let connections = self.api(Method::GET, &path, &Value::Null).await;
        let names = connections.as_array().into_iter().flatten();
        names.filter_map(|connection| Some(connection["name"].as_str()?.to_owned())).collect()
    }

    /// Closes all connections of the virtual host, as an operator does. Answers how many.
    pub async fn close_connections(&self) -> usize {
        let names = self.connections().await;
        for name in &names {
            let name = name.replace(' ', "%20").replace('>', "%3E").replace(':', "%3A");
            // One that has closed meanwhile is not there any more.
            self.ask(Method::DELETE, &format!("/connections/{name}"), &Value::Null).await;
        }
        names.len()
    }
}
