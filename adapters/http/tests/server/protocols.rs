//! HTTP/1.1 and HTTP/2 on one port.

use super::support::{MOMENT, Server, soon};
use axum::{
    Router, extract,
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use h2::Reason;
use hexad_http::{
    JsonObject, Limits,
    body::{BodyError, read},
};
use http::{Request, Version};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::{
    body::{Bytes, Frame},
    client::conn::http2,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::{sync::mpsc, task::JoinHandle};

fn routes() -> Router {
    Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/echo", post(|JsonObject(body): JsonObject| async { axum::Json(body) }))
}

/// A client, and its connection, which runs until either side ends it.
async fn http2(server: &Server) -> (http2::SendRequest<Full<Bytes>>, JoinHandle<hyper::Result<()>>) {
    let stream = server.connect().await.stream;
    let (client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (client, tokio::spawn(connection))
}

fn request(method: &str, path: &str, body: &'static str) -> Request<Full<Bytes>> {
    let request = Request::builder().method(method).uri(format!("http://test{path}"));
    request.header("content-type", "application/json").body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn both_versions_are_answered_on_one_port() {
    let server = Server::with(routes(), Limits::default()).await;
    let old = server.ask("GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!((old.status, old.body.as_slice()), (200, b"hello".as_slice()));

    let (mut client, _connection) = http2(&server).await;
    let new = soon(client.send_request(request("POST", "/echo", "{\"a\":1}"))).await.unwrap();
    assert_eq!((new.version(), new.status().as_u16()), (Version::HTTP_2, 200));
    assert!(new.headers().contains_key("x-request-id"));
    assert_eq!(new.into_body().collect().await.unwrap().to_bytes(), "{\"a\":1}");
}

#[tokio::test]
async fn an_http_2_connection_lives_through_errors_and_serves_streams_side_by_side() {
    let limits = Limits { body_bytes: 20, ..Limits::default() };
    let server = Server::with(routes(), limits).await;
    let (mut client, _connection) = http2(&server).await;
    let large: &str = Box::leak("x".repeat(100_000).into_boxed_str());
    for (path, body, status) in
        [("/nowhere", "", 404), ("/echo", "[]", 400), ("/echo", large, 413), ("/echo", "", 200)]
    {
        let answer = soon(client.send_request(request("POST", path, body))).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    let many = (0..20).map(|_| client.send_request(request("GET", "/hello", "")));
    for answer in futures_util::future::join_all(many).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_refused_http_2_body_is_taken_to_its_end_before_the_answer() {
    let server = Server::with(routes(), Limits { body_bytes: 20, ..Limits::default() }).await;
    let stream = server.connect().await.stream;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let _connection = tokio::spawn(connection);
    // Far more than may be under way at once.
    let (size, sent) = (4 * 1024 * 1024, Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&sent);
    let chunks = stream::repeat(Bytes::from_static(&[b'x'; 65_536])).take(size / 65_536).map(move |chunk| {
        counter.fetch_add(chunk.len(), SeqCst);
        Ok::<_, Infallible>(Frame::data(chunk))
    });
    let request =
        Request::post("http://test/echo").header("content-length", size).body(StreamBody::new(chunks));
    let answer = soon(client.send_request(request.unwrap())).await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(sent.load(SeqCst), size);
}

/// hyper itself takes a body that is stopped without an error for one that ends there.
#[tokio::test]
async fn an_http_2_body_that_is_stopped_is_cut_whatever_the_reason() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let reading = post(async move |request: extract::Request| {
        let _ = tell.send(read(request.into_body(), &Limits::default()).await);
    });
    let server = Server::with(Router::new().route("/read", reading), Limits::default()).await;
    let (client, connection) = h2::client::handshake(server.connect().await.stream).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let mut begin = || {
        let request = Request::post("http://test/read").body(()).unwrap();
        let (answer, mut body) = client.send_request(request, false).unwrap();
        body.send_data("half".into(), false).unwrap();
        (answer, body)
    };
    for reason in [Reason::NO_ERROR, Reason::CANCEL, Reason::INTERNAL_ERROR] {
        let (_answer, mut body) = begin();
        body.send_reset(reason);
        let read = soon(told.recv()).await.unwrap();
        assert!(matches!(read, Err(BodyError::Cut(_))), "{reason:?}: {read:?}");
    }
    let (_answer, mut body) = begin();
    body.send_data(" and whole".into(), true).unwrap();
    assert_eq!(soon(told.recv()).await.unwrap().unwrap(), "half and whole");
    let (_answer, mut body) = begin();
    body.send_trailers(http::HeaderMap::from_iter([(http::header::AGE, "1".parse().unwrap())])).unwrap();
    assert_eq!(soon(told.recv()).await.unwrap().unwrap(), "half", "trailers end it too");
}

#[tokio::test]
async fn an_idle_http_2_connection_is_told_to_go() {
    let server = Server::with(routes(), Limits { idle: MOMENT, ..Limits::default() }).await;
    let (mut client, connection) = http2(&server).await;
    assert_eq!(soon(client.send_request(request("GET", "/hello", ""))).await.unwrap().status(), 200);
    assert!(soon(connection).await.unwrap().is_ok(), "with a GOAWAY and no error");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order_and_errors_end_nothing() {
    let server = Server::with(routes(), Limits::default()).await;
    let mut client = server.connect().await;
    let echo =
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    let requests = format!("{}{echo}[]{echo}{{}}{}{}", get("/nowhere"), get("/echo"), get("/hello"));
    client.send(requests.as_bytes()).await;
    for status in [404, 400, 200, 405, 200] {
        assert_eq!(client.answer().await.status, status);
    }
}

#[tokio::test]
async fn odd_targets_are_answered_like_others() {
    let server = Server::with(routes(), Limits::default()).await;
    for (line, status) in [
        ("OPTIONS * HTTP/1.1", 404),
        ("CONNECT x:80 HTTP/1.1", 404),
        ("GET http://elsewhere/hello HTTP/1.1", 200),
        ("GET //hello HTTP/1.1", 404),
        ("GET /hello/ HTTP/1.1", 404),
        ("GET /%zz HTTP/1.1", 400),
        ("GET /%ff HTTP/1.1", 400),
        ("BREW /hello HTTP/1.1", 405),
        ("GET /hello HTTP/1.0", 200),
    ] {
        let answer = server.ask(&format!("{line}\r\nhost: x\r\n\r\n")).await;
        assert_eq!(answer.status, status, "{line}");
        assert_ne!(answer.header("x-request-id"), "", "{line}");
    }
}
