//! What the session service refuses, and that nothing of it stays.

use crate::session::Owner;
use hexad_system_tests::{Suite, token};
use serde_json::{Value, json};

const ROUTES: [(&str, &str); 6] = [
    ("GET", "/last-connection"),
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions/7"),
    ("PUT", "/api/sessions/7"),
    ("DELETE", "/api/sessions/7"),
    ("GET", "/api/sessions/verify"),
];

#[tokio::test]
async fn every_route_needs_a_good_token_before_anything_else() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    for (method, path) in ROUTES {
        for none in ["", "Basic YTpi", "Bearer"] {
            // A body that is wrong as well is not what the answer is about.
            let call = suite.session.call(method, path).header("authorization", none);
            call.untyped("{").send().await.problem_saying(403, "token_missing", "No token provided");
        }
        for (what, bad, code) in token::bad() {
            let answer = suite.session.call(method, path).bearer(&bad).send().await;
            assert_eq!(answer.status, 401, "{method} {path}, {what}");
            answer.problem_saying(401, code, "Invalid or expired token");
        }
        suite.session.call(method, path).bearer("x").bearer("y").send().await.problem(400, "malformed");
    }
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn a_token_reaches_no_other_session_whether_there_is_one_or_not() {
    let suite = Suite::start().await;
    let (owner, other) = (Owner::new(&suite, "7"), Owner::new(&suite, "8"));
    owner.opened(json!({"mine": true})).await;
    let before = suite.footprint().await;
    for path in ["/api/sessions/7", "/api/sessions/9", "/api/sessions/%20", "/api/sessions/8%00"] {
        for method in ["GET", "PUT", "DELETE"] {
            let call = suite.session.call(method, path).bearer(&other.token);
            call.json(&json!({"data": {"mine": false}})).send().await.problem(403, "forbidden");
        }
        let badly = suite.session.call("PUT", path).bearer(&other.token).untyped("{");
        badly.send().await.problem(403, "forbidden");
    }
    for method in ["GET", "PUT", "DELETE"] {
        let call = other.own(method).json(&json!({"data": {}}));
        call.send().await.problem_saying(404, "session_not_found", "Session not found");
    }
    assert_eq!(suite.footprint().await, before);
    assert_eq!(owner.data().await, json!({"mine": true}));
}

#[tokio::test]
async fn bad_bodies_change_nothing_and_open_nothing() {
    let suite = Suite::start().await;
    let (owner, without) = (Owner::new(&suite, "7"), Owner::new(&suite, "8"));
    owner.opened(json!({"kept": true})).await;
    let before = suite.footprint().await;
    let json = Some("application/json");
    let large = format!(r#"{{"data":{{"d":"{}"}}}}"#, "x".repeat(1024 * 1024));
    let deep = format!(r#"{{"data":{}{}}}"#, r#"{"d":"#.repeat(5000), "}".repeat(5000));
    for (content_type, body, status, code) in [
        (json, "{", 400, "malformed"),
        (json, "[]", 400, "malformed"),
        (json, "7", 400, "malformed"),
        (json, r#"{"data":{"a":1,"a":2}}"#, 400, "malformed"),
        (json, r#"{"data":{"a":1e999}}"#, 400, "malformed"),
        (json, &deep, 400, "malformed"),
        (json, r#"{"data":"text"}"#, 400, "invalid_field"),
        (json, r#"{"data":7}"#, 400, "invalid_field"),
        (json, r#"{"data":[]}"#, 400, "invalid_field"),
        (json, r#"{"data":true}"#, 400, "invalid_field"),
        (json, r#"{"data":{"a":"\u0000"}}"#, 400, "invalid_field"),
        (json, r#"{"data":{"\u0000":1}}"#, 400, "invalid_field"),
        (json, &large, 413, "too_large"),
        (None, "{}", 415, "unsupported_media_type"),
        (Some("text/plain"), "{}", 415, "unsupported_media_type"),
        (Some("application/x-www-form-urlencoded"), "data=x", 415, "unsupported_media_type"),
    ] {
        for call in [owner.open(), owner.own("PUT"), without.open(), without.own("PUT")] {
            let call = match content_type {
                Some(content_type) => call.body(content_type, body.to_owned()),
                None => call.untyped(body.to_owned()),
            };
            call.send().await.problem(status, code);
        }
    }
    for body in [None, Some(json!({})), Some(json!({"data": null})), Some(json!({"other": {}}))] {
        let call = body.as_ref().map_or_else(|| owner.own("PUT"), |body| owner.own("PUT").json(body));
        let problem = call.send().await.problem(400, "missing_field");
        assert_eq!(problem["fields"][0]["name"], "data");
    }
    assert_eq!(suite.footprint().await, before);
    assert_eq!(owner.data().await, json!({"kept": true}));
}

/// An object that is so many levels deep, itself included.
fn nested(levels: u32) -> Value {
    (1..levels).fold(json!({}), |inner, _| json!({ "d": inner }))
}

#[tokio::test]
async fn the_bounds_of_the_data_hold_to_the_byte_and_for_what_a_change_makes_of_it() {
    let suite = Suite::start().await;
    let owner = Owner::new(&suite, "7");
    let room = 256 * 1024 - r#"{"d":""}"#.len();
    let ascii = |length: usize| json!({"data": {"d": "x".repeat(length)}});
    let calls = || [owner.open(), owner.own("PUT")];
    for at in [0, 1] {
        let call = |body: &Value| calls()[at].clone().json(body).send();
        assert!(call(&ascii(room)).await.status < 300);
        call(&ascii(room + 1)).await.problem(413, "too_large");
        assert!(call(&json!({"data": {"d": "ñ".repeat(room / 2)}})).await.status < 300, "counted in UTF-8");
        assert!(call(&json!({"data": {"d": nested(31)}})).await.status < 300);
        call(&json!({"data": {"d": nested(32)}})).await.problem(400, "invalid_field");
    }
    // Each change is small enough, what they come to is not.
    owner.opened(json!({"a": "x".repeat(200 * 1024)})).await;
    let grown = owner.own("PUT").json(&json!({"data": {"b": "x".repeat(60 * 1024)}})).send().await;
    grown.problem(413, "too_large");
    assert_eq!(owner.data().await.as_object().unwrap().len(), 1, "the change was not made");
}
