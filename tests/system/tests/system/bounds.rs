//! The bounds of the server, which are settings.

use futures_util::future::join_all;
use hexad_system_tests::{PATIENCE, Person, SOAP_1_1, Suite};
use serde_json::json;
use std::time::Instant;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// All that comes back on a connection on which no more than this is sent.
async fn after_silence(suite: &Suite, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(suite.auth.address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_client_that_falls_silent_is_answered_or_let_go() {
    let suite = Suite::with(&[("HEADER_TIMEOUT", "1s"), ("BODY_IDLE_TIMEOUT", "1s")]).await;
    let begun = Instant::now();
    let head =
        "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    let (nothing, half_a_head, half_a_preface, half_a_body) = tokio::join!(
        after_silence(&suite, b""),
        after_silence(&suite, b"GET /livez HTTP/1.1\r\nhost:"),
        after_silence(&suite, b"PRI * HTTP/2.0\r\n"),
        after_silence(&suite, head.as_bytes()),
    );
    assert_eq!(nothing, "");
    assert!(half_a_head.is_empty() || half_a_head.starts_with("HTTP/1.1 408 "), "{half_a_head}");
    assert!(!half_a_preface.contains(" 200 "), "{half_a_preface}");
    assert!(
        half_a_body.starts_with("HTTP/1.1 408 ") && half_a_body.contains("request_timeout"),
        "{half_a_body}"
    );
    assert!(begun.elapsed().as_secs() < 10, "the defaults would take longer");
}

#[tokio::test]
async fn the_largest_body_is_a_setting() {
    let suite = Suite::with(&[("BODY_LIMIT", "2KiB")]).await;
    let body = |size: usize| json!({"username": "x".repeat(size), "password": "x"});
    suite.auth.post("/login").json(&body(1900)).send().await.problem(401, "invalid_credentials");
    suite.auth.post("/login").json(&body(2100)).send().await.problem(413, "too_large");
    let envelope = Person::new().with("city", &"x".repeat(2100)).envelope(SOAP_1_1);
    let answer = suite.user_soap.post("/register").body("text/xml", envelope).send().await;
    answer.faults(SOAP_1_1, "Client", "too_large");
}

#[tokio::test]
async fn a_login_that_would_wait_too_long_is_told_when_to_come_back() {
    let settings = [("LOGIN_QUEUE_WAIT", "1s"), ("PASSWORD_ITERATIONS", "2000000")];
    let suite = Suite::with(&settings).await;
    let login = |n: usize| {
        let body = json!({"username": format!("nobody {n}"), "password": "x"});
        suite.auth.post("/login").json(&body).send()
    };
    // More than the cores have lanes for, on any machine.
    let logins = 50 * std::thread::available_parallelism().map_or(1, usize::from);
    let answers = join_all((0..logins).map(login)).await;
    let (busy, served): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 503);
    assert!(!busy.is_empty() && !served.is_empty(), "{} are busy, {} are not", busy.len(), served.len());
    for answer in busy {
        answer.problem(503, "busy");
        let seconds: u32 = answer.header("retry-after").parse().expect("whole seconds");
        assert!((1..=120).contains(&seconds), "{seconds}");
    }
    for answer in served {
        answer.problem(401, "invalid_credentials");
    }
}
