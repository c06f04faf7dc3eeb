//! Too much of something.

use super::support::{MOMENT, Server, soon};
use axum::{
    Router,
    routing::{get, post},
};
use hexad_http::{JsonObject, Limits};
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

const GET: &str = "GET /hello HTTP/1.1\r\nhost: x\r\n\r\n";

fn routes() -> Router {
    Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/echo", post(|JsonObject(body): JsonObject| async { axum::Json(body) }))
}

#[tokio::test]
async fn a_flood_of_headers_is_refused_by_hyper() {
    let server = Server::with(routes(), Limits { header_bytes: 8192, ..Limits::default() }).await;
    let many = "a: b\r\n".repeat(513);
    let long = format!("a: {}\r\n", "x".repeat(2 * 8192));
    for headers in [many, long] {
        let answer = server.ask(&format!("GET /hello HTTP/1.1\r\n{headers}\r\n")).await;
        assert_eq!(answer.status, 431);
    }
    for headers in [format!("a: {}\r\n", "x".repeat(7000)), "a: b\r\n".repeat(500)] {
        assert_eq!(server.ask(&format!("GET /hello HTTP/1.1\r\n{headers}\r\n")).await.status, 200);
    }
}

#[tokio::test]
async fn a_head_over_its_bound_is_431_and_the_connection_lives() {
    let server = Server::with(routes(), Limits { header_bytes: 8192, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let rest = "GET /hello HTTP/1.1\r\nhost: x\r\nx-request-id: mine\r\na: \r\n\r\n".len();
    for (bytes, status) in [(8192, 200), (8193, 431), (9000, 431), (100, 200)] {
        let value = "x".repeat(bytes - rest);
        let request = format!("GET /hello HTTP/1.1\r\nhost: x\r\nx-request-id: mine\r\na: {value}\r\n\r\n");
        client.send(request.as_bytes()).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, status, "{bytes}");
        assert_eq!(answer.headers["x-request-id"], "mine");
        if status == 431 {
            assert_eq!(answer.json()["code"], "too_large");
        }
    }
}

#[tokio::test]
async fn what_is_not_http_is_refused_by_hyper() {
    let server = Server::with(routes(), Limits::default()).await;
    for nonsense in ["\x16\x03\x01\x02\x00\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"] {
        assert_eq!(server.ask(nonsense).await.status, 400, "{nonsense:?}");
    }
}

#[tokio::test]
async fn a_body_over_its_bound_is_413_and_the_connection_lives() {
    let server = Server::with(routes(), Limits { body_bytes: 20, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let large = "x".repeat(300_000);
    client.send(format!("{head}content-length: 300000\r\n\r\n{large}").as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("too_large")));
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n493e0\r\n{large}\r\n0\r\n\r\n");
    client.send(chunked.as_bytes()).await;
    assert_eq!(client.answer().await.status, 413);
    client.send(format!("{head}content-length: 20\r\n\r\n{{\"a\":\"01234567890\"}} ").as_bytes()).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn whoever_asks_before_sending_is_refused_without_the_body() {
    let server = Server::with(routes(), Limits { body_bytes: 20, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n";
    client.send(format!("{head}content-length: 300000\r\n\r\n").as_bytes()).await;
    assert_eq!(client.answer().await.status, 413, "and no 100 before it");
}

#[tokio::test]
async fn a_refused_body_is_not_read_for_ever() {
    let limits = Limits { body_bytes: 20, drain_bytes: 1000, ..Limits::default() };
    let server = Server::with(routes(), limits).await;
    let mut client = server.connect().await;
    client.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2000\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 413);
    client.end().await;

    let limits = Limits { body_bytes: 20, drain_time: MOMENT, ..Limits::default() };
    let server = Server::with(routes(), limits).await;
    let mut client = server.connect().await;
    client.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2000\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 413);
    client.end().await;
}

#[tokio::test]
async fn a_connection_over_the_bound_waits_for_a_place() {
    let server = Server::with(routes(), Limits { connections: 2, ..Limits::default() }).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for client in [&mut first, &mut second] {
        client.send(GET.as_bytes()).await;
        assert_eq!(client.answer().await.status, 200);
    }
    let mut third = server.connect().await;
    third.send(GET.as_bytes()).await;
    let mut byte = [0];
    let early = tokio::time::timeout(MOMENT, third.stream.peek(&mut byte)).await;
    assert!(early.is_err(), "nobody serves the third");
    drop(first);
    assert_eq!(third.answer().await.status, 200);
    second.send(GET.as_bytes()).await;
    assert_eq!(second.answer().await.status, 200);
}

#[tokio::test]
async fn a_request_over_the_bound_is_told_to_come_back_but_health_is_answered() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let slow = {
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        get(move || {
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            async move {
                entered.notify_one();
                let _ = leave.acquire().await;
                "done"
            }
        })
    };
    let server =
        Server::with(routes().route("/slow", slow), Limits { requests: 1, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    soon(entered.notified()).await;

    let busy = server.ask(GET).await;
    assert_eq!((busy.status, busy.json()["code"].as_str()), (503, Some("busy")));
    assert_eq!(busy.header("retry-after"), "1");
    for always in ["/livez", "/readyz", "/health"] {
        assert_eq!(
            server.ask(&format!("GET {always} HTTP/1.1\r\nhost: x\r\n\r\n")).await.status,
            200,
            "{always}"
        );
    }

    // In the middle of an upload, far more than the buffers between them hold, it is told so too.
    let upload = format!("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 4 << 20);
    for head in [upload.clone(), upload.replace("/echo", "/%zz")] {
        let mut uploading = server.connect().await;
        uploading.send(head.as_bytes()).await;
        uploading.send(&vec![b'x'; 4 << 20]).await;
        let status = uploading.answer().await.status;
        assert_eq!(status, if head.contains("%zz") { 400 } else { 503 });
        uploading.send(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(uploading.answer().await.status, 200, "the connection lives");
    }

    leave.add_permits(1);
    assert_eq!(client.answer().await.status, 200);
    client.send(GET.as_bytes()).await;
    assert_eq!(client.answer().await.status, 200, "the place is free again");
}
