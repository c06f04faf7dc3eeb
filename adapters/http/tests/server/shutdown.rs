//! The end of a server.

use super::support::{MOMENT, Server, soon};
use axum::{Router, routing::get};
use hexad_http::Limits;
use http::Request;
use http_body_util::Empty;
use hyper::{body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;
use tokio::{
    net::TcpStream,
    sync::{Notify, Semaphore},
};

/// A route that says when a request is in it, and keeps the request until it is let go.
#[derive(Clone)]
struct Gate {
    entered: Arc<Notify>,
    leave: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { entered: Arc::new(Notify::new()), leave: Arc::new(Semaphore::new(0)) }
    }

    fn routes(&self) -> Router {
        let gate = self.clone();
        Router::new().route(
            "/slow",
            get(move || async move {
                gate.entered.notify_one();
                let _ = gate.leave.acquire().await;
                "done"
            }),
        )
    }
}

const SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_running_request_ends_and_nobody_new_comes_in() {
    let gate = Gate::new();
    let server = Server::with(gate.routes(), Limits::default()).await;
    let mut client = server.connect().await;
    client.send(SLOW).await;
    soon(gate.entered.notified()).await;

    server.shutdown.cancel();
    soon(async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!server.running.is_finished(), "it waits for the request");
    gate.leave.add_permits(1);
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"done".as_slice()));
    assert_eq!(client.end().await, b"");
    server.stop().await;
}

#[tokio::test]
async fn a_running_http_2_request_ends_too() {
    let gate = Gate::new();
    let server = Server::with(gate.routes(), Limits::default()).await;
    let stream = server.connect().await.stream;
    let (mut client, connection) =
        http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = client.send_request(Request::get("http://x/slow").body(Empty::new()).unwrap());
    let answer = tokio::spawn(answer);
    soon(gate.entered.notified()).await;
    server.shutdown.cancel();
    gate.leave.add_permits(1);
    assert_eq!(soon(answer).await.unwrap().unwrap().status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn idle_and_silent_connections_hold_nothing_up() {
    let server = Server::with(Router::new(), Limits::default()).await;
    let silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.send(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(idle.answer().await.status, 200);
    server.stop().await;
    assert_eq!(idle.end().await, b"");
    silent.end().await;
}

#[tokio::test]
async fn what_takes_too_long_is_cut_on_either_version() {
    let gate = Gate::new();
    let server = Server::with(gate.routes(), Limits { shutdown: MOMENT, ..Limits::default() }).await;
    let mut old = server.connect().await;
    old.send(SLOW).await;
    soon(gate.entered.notified()).await;

    let stream = server.connect().await.stream;
    let (mut new, connection) =
        http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = tokio::spawn(new.send_request(Request::get("http://x/slow").body(Empty::new()).unwrap()));
    soon(gate.entered.notified()).await;

    server.stop().await;
    assert_eq!(old.end().await, b"");
    assert!(soon(answer).await.unwrap().is_err());
    assert_eq!(Arc::strong_count(&gate.leave), 1, "no handler runs on");
}
