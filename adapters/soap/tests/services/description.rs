//! `?wsdl` of both services.

use crate::world::{Answer, World, call, send};
use axum::body::Body;
use hexad_http::{App, Peer};
use http::{Method, Request, StatusCode, header};

/// Both services, each with the path that its description is asked for at.
fn both(world: &World) -> [(&App, &'static str); 2] {
    [(&world.registration, "/register"), (&world.lookup, "/user/soap")]
}

async fn ask(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::empty()).unwrap()).await
}

/// The addresses of the ports.
fn locations(answer: &Answer) -> Vec<&str> {
    assert_eq!(
        (answer.status, answer.content_type()),
        (StatusCode::OK, "text/xml; charset=utf-8"),
        "{}",
        answer.body
    );
    let pieces = answer.body.split("location=\"").skip(1);
    pieces.map(|piece| piece.split_once('"').unwrap().0).collect()
}

#[tokio::test]
async fn both_ports_have_the_address_that_was_asked_at() {
    let world = World::new();
    for (app, path) in both(&world) {
        for query in ["wsdl", "WSDL", "wsdl=", "Wsdl"] {
            let answer = ask(app, &format!("{path}?{query}"), &[("host", "soap.example:8080")]).await;
            let location = format!("http://soap.example:8080{path}");
            assert_eq!(locations(&answer), [location.as_str(), &location]);
            assert_eq!(
                answer.headers[header::CACHE_CONTROL],
                "no-store",
                "another client may call it otherwise"
            );
        }
    }
}

#[tokio::test]
async fn an_address_that_was_set_comes_before_the_request() {
    let world = World::at("https://api.example/users/");
    for (app, path) in both(&world) {
        for headers in [&[("host", "inside")][..], &[]] {
            let answer = ask(app, &format!("{path}?wsdl"), headers).await;
            assert_eq!(locations(&answer)[0], format!("https://api.example/users{path}"));
        }
    }
}

#[tokio::test]
async fn a_trusted_proxy_says_the_address_and_nobody_else() {
    let headers = [("host", "inside"), ("x-forwarded-host", "api.example"), ("x-forwarded-proto", "https")];
    for (peer, base) in [([10, 0, 0, 1], "https://api.example"), ([192, 0, 2, 1], "http://inside")] {
        let world = World::behind("10.0.0.0/8");
        for (app, path) in both(&world) {
            let mut request = Request::get(format!("{path}?wsdl")).extension(Peer((peer, 40_000).into()));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = send(app, request.body(Body::empty()).unwrap()).await;
            assert_eq!(locations(&answer)[1], format!("{base}{path}"));
        }
    }
}

#[tokio::test]
async fn head_says_how_long_the_description_is() {
    let world = World::new();
    for (app, path) in both(&world) {
        let uri = format!("http://here{path}?wsdl");
        let (whole, head) = (call(app, Method::GET, &uri).await, call(app, Method::HEAD, &uri).await);
        assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
        assert_eq!(head.headers[header::CONTENT_LENGTH], whole.body.len().to_string());
    }
}

#[tokio::test]
async fn without_a_host_there_is_no_address_to_tell() {
    let world = World::new();
    for (app, path) in both(&world) {
        for headers in [&[][..], &[("host", "a"), ("host", "b")], &[("host", "\"><script>")]] {
            let answer = ask(app, &format!("{path}?wsdl"), headers).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            assert!(answer.body.contains("malformed") && !answer.body.contains("script"), "{}", answer.body);
        }
    }
}
