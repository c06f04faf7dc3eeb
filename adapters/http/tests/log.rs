//! What the log says of requests, and what it must not say.
//!
//! A program of its own: it has one subscriber from its start to its end, as a service has. Each test runs on a
//! thread of its own, and looks at the lines of its thread.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use axum::{Router, body::Body, extract::Request, routing::get};
use futures_util::FutureExt;
use hexad::ports::Unavailable;
use hexad_http::{App, PathParam, Problem, RequestIds};
use std::{
    cell::RefCell,
    future::pending,
    io::{self, Write},
    sync::Once,
};

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the lines of the thread.
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn routes() -> Router {
    let outage = || Problem::from(Unavailable::new("the user store", io::Error::other("no route to host")));
    Router::new()
        .route("/things/{name}", get(|PathParam(_): PathParam| async { "thing" }))
        .route("/panic", get(|| async { panic!("the reason") as &str }))
        .route("/outage", get(move || async move { outage() }))
        .route("/never", get(pending::<&str>))
        .route("/call", get(|| async { ([("grpc-status", "14")], "") }))
}

/// All that is logged while a request is served, or for as long as it takes to see that it waits.
async fn logged(path: &str) -> String {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| tracing_subscriber::fmt().with_writer(|| Lines).with_ansi(false).init());
    LINES.take();
    let app = App::builder("test", routes(), RequestIds::new(1)).build();
    let request =
        Request::get(path).header("x-request-id", "the-id").header("authorization", "Bearer sesame");
    let request = request.body(Body::from("open sesame")).unwrap();
    app.handle(request).now_or_never();
    String::from_utf8(LINES.take()).unwrap()
}

#[tokio::test]
async fn a_line_has_the_route_and_nothing_of_the_request_itself() {
    let log = logged("/things/sesame?password=sesame").await;
    for part in
        ["service=\"test\"", "id=the-id", "method=GET", "path=\"/things/{name}\"", "status=200", "ms="]
    {
        assert!(log.contains(part), "{part} in {log}");
    }
    assert!(!log.contains("sesame"), "{log}");
    assert!(logged("/nowhere/sesame").await.contains("status=404"));
    assert!(!logged("/nowhere/sesame").await.contains("sesame"));
}

#[tokio::test]
async fn a_grpc_call_that_fails_is_told_from_one_that_does_not() {
    assert!(logged("/call").await.contains("status=200 grpc=\"14\""));
    assert!(!logged("/things/sesame").await.contains("grpc"));
}

#[tokio::test]
async fn causes_are_in_the_log_with_the_id() {
    for (path, cause) in [("/panic", "the reason"), ("/outage", "no route to host")] {
        let log = logged(path).await;
        let line = log.lines().find(|line| line.contains(cause)).expect("a line with the cause");
        assert!(line.contains("id=the-id"), "{line}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_a_line() {
    let log = logged("/never").await;
    assert!(log.contains("went away") && log.contains("id=the-id") && log.contains("/never"), "{log}");
}
