//! A second protocol on the port of a service.

use super::support::{MOMENT, Server, app, soon};
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::{StreamExt, future::poll_fn, stream};
use hexad_http::{Limits, Protocol};
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use http_body::Body as _;
use http_body_util::{BodyExt, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Bytes, Frame},
    client::conn::http2,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{convert::Infallible, pin::Pin};
use tokio::sync::mpsc;

/// What is spoken in `text/loud`.
fn loud() -> Protocol {
    Protocol {
        spoken_in: |request| request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/loud"),
        router: Router::new()
            .route("/hello", post(|| async { "HELLO" }))
            .route("/echo", post(echo))
            .route("/panic", post(|| async { panic!("the reason") as &str }))
            .fallback(|| async { "NOTHING" }),
        refuse: |problem| problem.code.name().to_uppercase().into_response(),
    }
}

/// Sends back what comes as it comes, with trailers after it.
async fn echo(request: Request) -> Response {
    let trailers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/end"))]);
    let end = stream::once(async { Ok(Frame::trailers(trailers)) });
    let chunks = request.into_body().into_data_stream().map(|chunk| chunk.map(Frame::data));
    Response::new(Body::new(StreamBody::new(chunks.chain(end))))
}

async fn start(limits: Limits) -> Server {
    let routes = Router::new().route("/hello", post(|| async { "hello" }));
    Server::start(app(routes).beside(loud()).limits(limits).build()).await
}

type AnyBody = UnsyncBoxBody<Bytes, Infallible>;

async fn http2(server: &Server) -> http2::SendRequest<AnyBody> {
    let stream = server.connect().await.stream;
    let (client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    client
}

fn request(path: &str, kind: &str, body: AnyBody) -> Request<AnyBody> {
    let request = Request::builder().method("POST").uri(format!("http://test{path}"));
    request.header(CONTENT_TYPE, kind).body(body).unwrap()
}

fn loudly(path: &str) -> Request<AnyBody> {
    request(path, "text/loud", Empty::new().boxed_unsync())
}

/// A body that is written while it is on its way.
fn writing() -> (mpsc::Sender<Bytes>, AnyBody) {
    let (sender, mut receiver) = mpsc::channel(1);
    let chunks = stream::poll_fn(move |cx| receiver.poll_recv(cx)).map(|chunk| Ok(Frame::data(chunk)));
    (sender, StreamBody::new(chunks).boxed_unsync())
}

async fn text(client: &mut http2::SendRequest<AnyBody>, request: Request<AnyBody>) -> String {
    let answer = soon(client.send_request(request)).await.unwrap();
    assert!(answer.headers().contains_key("x-request-id"));
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn each_request_is_answered_in_its_protocol() {
    let server = start(Limits::default()).await;
    let mut client = http2(&server).await;
    assert_eq!(text(&mut client, loudly("/hello")).await, "HELLO");
    let quietly = request("/hello", "text/plain", Empty::new().boxed_unsync());
    assert_eq!(text(&mut client, quietly).await, "hello");
    assert_eq!(text(&mut client, loudly("/livez")).await, "NOTHING");
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_the_protocol() {
    let server = start(Limits::default()).await;
    let mut client = http2(&server).await;
    assert_eq!(text(&mut client, loudly("/panic")).await, "INTERNAL");
    assert_eq!(text(&mut client, loudly("/%zz")).await, "MALFORMED");

    let server = start(Limits { requests: 0, ..Limits::default() }).await;
    assert_eq!(text(&mut http2(&server).await, loudly("/hello")).await, "BUSY");
}

/// On HTTP/2 the answer does not wait for a body that nobody wants; on HTTP/1.1 it does, as everywhere.
#[tokio::test]
async fn of_a_refused_body_nothing_is_read_on_http_2() {
    let server = start(Limits::default()).await;
    let mut client = http2(&server).await;
    let (_sender, endless) = writing();
    assert_eq!(text(&mut client, request("/hello", "text/loud", endless)).await, "HELLO");

    let limits = Limits { drain_time: MOMENT, ..Limits::default() };
    let server = start(limits).await;
    let mut old = server.connect().await;
    let begun = tokio::time::Instant::now();
    old.send(b"POST /hello HTTP/1.1\r\nhost: x\r\ncontent-type: text/loud\r\ncontent-length: 9\r\n\r\n")
        .await;
    assert_eq!(old.answer().await.body, b"HELLO");
    assert!(begun.elapsed() >= MOMENT);
}

#[tokio::test]
async fn both_sides_may_speak_at_once_and_trailers_end_it() {
    let server = start(Limits { requests: 1, ..Limits::default() }).await;
    let mut client = http2(&server).await;
    let (sender, body) = writing();
    let mut answer = soon(client.send_request(request("/echo", "text/loud", body))).await.unwrap();
    for word in ["one", "two"] {
        soon(sender.send(word.into())).await.unwrap();
        let frame = soon(answer.frame()).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), word);
    }
    assert_eq!(text(&mut client, loudly("/hello")).await, "BUSY", "it has the only place");
    drop(sender);
    let end = soon(answer.frame()).await.unwrap().unwrap();
    assert_eq!(end.into_trailers().unwrap()[CONTENT_TYPE], "text/end");
    assert!(soon(poll_fn(|cx| Pin::new(answer.body_mut()).poll_frame(cx))).await.is_none());
    // Its place is free a moment after its end.
    soon(async { while text(&mut client, loudly("/hello")).await != "HELLO" {} }).await;
}

#[tokio::test]
async fn whoever_breaks_off_frees_the_place() {
    let server = start(Limits { requests: 1, ..Limits::default() }).await;
    let (client, connection) = h2::client::handshake(server.connect().await.stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("http://test/echo").header(CONTENT_TYPE, "text/loud").body(()).unwrap();
    let (answer, mut body) = client.ready().await.unwrap().send_request(request, false).unwrap();
    assert_eq!(soon(answer).await.unwrap().status(), 200);
    let mut other = http2(&server).await;
    assert_eq!(text(&mut other, loudly("/hello")).await, "BUSY");
    body.send_reset(h2::Reason::CANCEL);
    soon(async { while text(&mut other, loudly("/hello")).await != "HELLO" {} }).await;
}
