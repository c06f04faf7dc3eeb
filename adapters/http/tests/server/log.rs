//! What the log says of requests, and what it must not say.

use super::support::app;
use axum::{Router, body::Body, extract::Request, routing::get};
use futures_util::FutureExt;
use hexad::ports::Unavailable;
use hexad_http::{PathParam, Problem};
use std::{
    future::pending,
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;

/// The lines that were written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn routes() -> Router {
    let outage = || Problem::from(Unavailable::new("the user store", io::Error::other("no route to host")));
    Router::new()
        .route("/things/{name}", get(|PathParam(_): PathParam| async { "thing" }))
        .route("/panic", get(|| async { panic!("the reason") as &str }))
        .route("/outage", get(move || async move { outage() }))
        .route("/never", get(pending::<&str>))
}

/// All that is logged while a request is served, or for as long as it takes to see that it waits.
async fn logged(path: &str) -> String {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = app(routes()).build();
    let request =
        Request::get(path).header("x-request-id", "the-id").header("authorization", "Bearer sesame");
    let request = request.body(Body::from("open sesame")).unwrap();
    app.handle(request).now_or_never();
    String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
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
