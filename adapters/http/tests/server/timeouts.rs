//! Clients that take their time.

use super::support::{MOMENT, Server, soon};
use axum::{
    Router,
    body::{Body, Bytes},
    routing::{get, post},
};
use futures_util::stream;
use hexad_http::{JsonObject, Limits};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, interval},
};

fn routes() -> Router {
    Router::new().route("/echo", post(|JsonObject(body): JsonObject| async { axum::Json(body) }))
}

fn impatient() -> Limits {
    Limits { header_time: MOMENT, body_idle: MOMENT, ..Limits::default() }
}

#[tokio::test]
async fn whoever_does_not_finish_a_head_is_cut_off() {
    let server = Server::with(routes(), impatient()).await;
    for start in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM", "POST /echo HTTP/1.1\r\nhost: x\r\n", "GET"] {
        let begun = Instant::now();
        let mut client = server.connect().await;
        client.send(start.as_bytes()).await;
        assert_eq!(client.end().await, b"", "{start}");
        assert!(begun.elapsed() >= MOMENT, "{start}");
    }
}

#[tokio::test]
async fn a_whole_http_2_preface_without_a_request_is_no_head_either() {
    let server = Server::with(routes(), impatient()).await;
    let mut client = server.connect().await;
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    client.end().await;
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off_although_it_moves() {
    let server = Server::with(routes(), impatient()).await;
    let begun = Instant::now();
    let client = server.connect().await;
    let (mut read, mut write) = client.stream.into_split();
    let drip = tokio::spawn(async move {
        let mut tick = interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            if tokio::io::AsyncWriteExt::write_all(&mut write, b"G").await.is_err() {
                return;
            }
        }
    });
    let mut rest = Vec::new();
    // An end or a reset: either way the server is through with it.
    let _ = soon(tokio::io::AsyncReadExt::read_to_end(&mut read, &mut rest)).await;
    assert!(begun.elapsed() >= MOMENT);
    assert_eq!(rest, b"", "half a head is no request");
    // It goes on until it cannot: the connection is gone both ways.
    soon(drip).await.unwrap();
}

#[tokio::test]
async fn a_connection_kept_alive_for_nothing_is_closed() {
    let server = Server::with(routes(), impatient()).await;
    let mut client = server.connect().await;
    client.send(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.end().await, b"");
}

#[tokio::test]
async fn a_body_that_stops_is_answered_408() {
    let server = Server::with(routes(), impatient()).await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (length, sent) in [
        ("content-length: 10", "{"),
        ("transfer-encoding: chunked", "1\r\n{\r\n"),
        ("content-length: 10", ""),
    ] {
        let mut client = server.connect().await;
        client.send(format!("{head}{length}\r\n\r\n{sent}").as_bytes()).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("request_timeout")));
        assert_ne!(answer.header("x-request-id"), "");
        client.end().await;
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_frees_its_place() {
    let server = Server::with(routes(), Limits { connections: 1, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{").await;
    drop(client);
    assert_eq!(server.ask("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.status, 200);
}

/// Tells when it is dropped.
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_cut_off() {
    let gone = Arc::new(Notify::new());
    let telling = Arc::clone(&gone);
    let endless = get(move || async move {
        let told = Told(telling);
        Body::from_stream(stream::repeat_with(move || {
            let _held = &told;
            Ok::<_, Infallible>(Bytes::from_static(&[0; 65_536]))
        }))
    });
    let limits = Limits { stall: MOMENT, ..Limits::default() };
    let server = Server::with(Router::new().route("/endless", endless), limits).await;
    let mut client = server.connect().await;
    client.send(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    // The client stays, and reads nothing more.
    soon(gone.notified()).await;
    drop(client);
}
