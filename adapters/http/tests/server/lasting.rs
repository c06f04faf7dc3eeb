//! Answers that last for as long as their clients like.

use super::support::{MOMENT, Server, soon};
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{StreamExt, stream};
use hexad_http::{Limits, Quiet, Stopping};
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http2,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use tokio::{task::JoinHandle, time::sleep};

/// A word, and another one when the server stops, or after some time.
async fn two_words(request: Request) -> Response {
    let stopping = Stopping::of(request.extensions());
    let last = async move {
        tokio::select! {
            () = stopping.begun() => "stopping",
            () = sleep(MOMENT * 4) => "late",
        }
    };
    let words = stream::once(async { "first" }).chain(stream::once(last)).map(Ok::<_, Infallible>);
    Body::from_stream(words).into_response()
}

async fn quietly(request: Request) -> Response {
    let mut response = two_words(request).await;
    response.extensions_mut().insert(Quiet);
    response
}

async fn start(limits: Limits) -> Server {
    Server::with(Router::new().route("/loud", get(two_words)).route("/quiet", get(quietly)), limits).await
}

/// An answer of which the first word has come, and its connection.
async fn begin(server: &Server, path: &str) -> (Response<Incoming>, JoinHandle<hyper::Result<()>>) {
    let stream = server.connect().await.stream;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::get(format!("http://test{path}")).body(Empty::<Bytes>::new()).unwrap();
    let mut answer = soon(client.send_request(request)).await.unwrap();
    assert_eq!(soon(answer.frame()).await.unwrap().unwrap().into_data().unwrap(), "first");
    (answer, connection)
}

#[tokio::test]
async fn what_is_quiet_by_nature_does_not_stand_still() {
    let server = start(Limits { stall: MOMENT, ..Limits::default() }).await;
    let (mut quiet, _connection) = begin(&server, "/quiet").await;
    assert_eq!(soon(quiet.frame()).await.unwrap().unwrap().into_data().unwrap(), "late");

    let (mut loud, _connection) = begin(&server, "/loud").await;
    assert!(soon(loud.frame()).await.unwrap().is_err(), "it stood still");
}

#[tokio::test]
async fn a_connection_whose_quiet_answers_have_ended_is_idle() {
    let server = start(Limits { stall: MOMENT, idle: MOMENT, ..Limits::default() }).await;
    let (quiet, connection) = begin(&server, "/quiet").await;
    drop(quiet);
    assert!(soon(connection).await.unwrap().is_ok(), "told to go");
}

#[tokio::test]
async fn what_would_last_hears_that_the_server_stops() {
    let server = start(Limits::default()).await;
    let (mut answer, _connection) = begin(&server, "/quiet").await;
    server.shutdown.cancel();
    assert_eq!(soon(answer.frame()).await.unwrap().unwrap().into_data().unwrap(), "stopping");
    server.stop().await;
}
