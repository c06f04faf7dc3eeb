use crate::world::{Ask, World};
use serde_json::{Value, json};
use std::time::Duration;

const MINE: &str = "/api/sessions/5f8f8c44-1111-4222-8333-444455556666";
const ROUTES: [(&str, &str); 6] = [
    ("GET", "/last-connection"),
    ("POST", "/api/sessions"),
    ("GET", MINE),
    ("PUT", MINE),
    ("DELETE", MINE),
    ("GET", "/api/sessions/verify"),
];

#[tokio::test]
async fn every_route_wants_a_token_before_anything_else() {
    let world = World::new().await;
    let token = world.token("ada").await;
    for (method, path) in ROUTES {
        let path = if path == "/last-connection" { "/last-connection?username=%ff" } else { path };
        let ask = || Ask::new(&world.session, method, path).header("content-type", "application/json");
        let none = ask().body("no JSON").await;
        none.refused(403, "token_missing", "message", "No token provided");
        let bad = ask().bearer("nonsense").body("no JSON").await;
        bad.refused(401, "token_invalid", "message", "Invalid or expired token");
    }
    world.pass(Duration::from_secs(3600));
    for (method, path) in ROUTES {
        let expired = Ask::new(&world.session, method, path).bearer(&token).body("").await;
        expired.refused(401, "token_expired", "message", "Invalid or expired token");
    }
}

#[tokio::test]
async fn a_token_reaches_its_own_user_alone() {
    let world = World::new().await;
    let (ada, bob) = (world.token("ada").await, world.token("bob").await);
    Ask::new(&world.session, "POST", "/api/sessions").bearer(&ada).send().await;
    for method in ["GET", "PUT", "DELETE"] {
        for body in [json!({"data": {}}), json!({"data": 5})] {
            let answer = Ask::new(&world.session, method, MINE).bearer(&bob).json(&body).await;
            answer.refused_as(403, "forbidden");
        }
    }
    let other = Ask::new(&world.session, "GET", "/last-connection?username=ada").bearer(&bob).send().await;
    other.refused_as(403, "forbidden");
    let nobody = Ask::new(&world.session, "GET", "/api/sessions/nobody").bearer(&ada).send().await;
    nobody.refused_as(403, "forbidden");
}

#[tokio::test]
async fn where_no_session_is_there_is_none_to_read() {
    let world = World::new().await;
    let token = world.token("ada").await;
    for (method, path) in [("GET", "/last-connection"), ("GET", MINE), ("PUT", MINE), ("DELETE", MINE)] {
        let answer = Ask::new(&world.session, method, path).bearer(&token).json(&json!({"data": {}})).await;
        answer.refused(404, "session_not_found", "message", "Session not found");
    }
}

#[tokio::test]
async fn data_is_an_object_within_bounds() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let opened = Ask::new(&world.session, "POST", "/api/sessions").bearer(&token).send().await;
    let deep = (0..32).fold(json!({}), |inner, _| json!({"a": inner}));
    let cases = [
        (json!({"data": []}), 400, "invalid_field"),
        (json!({"data": "text"}), 400, "invalid_field"),
        (json!({"data": {"a": "\0"}}), 400, "invalid_field"),
        (json!({"data": deep}), 400, "invalid_field"),
        (json!({"data": {"a": "x".repeat(256 * 1024)}}), 413, "too_large"),
        (json!({"data": {"a": "x".repeat(1024 * 1024)}}), 413, "too_large"),
        (json!([]), 400, "malformed"),
    ];
    for (method, path) in [("POST", "/api/sessions"), ("PUT", MINE)] {
        for (body, status, code) in &cases {
            let answer = Ask::new(&world.session, method, path).bearer(&token).json(body).await;
            answer.refused_as(*status, code);
        }
        let text = Ask::new(&world.session, method, path).bearer(&token).header("content-type", "text/plain");
        text.body("{}").await.refused_as(415, "unsupported_media_type");
    }
    for body in [json!({}), json!({"data": null}), json!({"text": "hi"})] {
        let answer = Ask::new(&world.session, "PUT", MINE).bearer(&token).json(&body).await;
        answer.refused(400, "missing_field", "message", "data is missing.");
    }
    let read = Ask::new(&world.session, "GET", MINE).bearer(&token).send().await;
    assert_eq!(read.json()["data"], json!({}));
    assert_eq!(read.header("etag"), opened.header("etag"), "nothing was left behind");
}

#[tokio::test]
async fn data_cannot_grow_over_its_bound_by_merging() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let half = |name: &str| json!({"data": {name: "x".repeat(140 * 1024)}});
    let ask = |method, path, body: Value| {
        let ask = Ask::new(&world.session, method, path).bearer(&token);
        async move { ask.json(&body).await }
    };
    assert_eq!(ask("POST", "/api/sessions", half("a")).await.status, 201);
    ask("PUT", MINE, half("b")).await.refused_as(413, "too_large");
    assert_eq!(ask("PUT", MINE, half("a")).await.status, 200);
}

#[tokio::test]
async fn an_outage_is_503_on_every_route() {
    let world = World::new().await;
    let token = world.token("ada").await;
    world.take_stores_away();
    for (method, path) in ROUTES {
        let answer = Ask::new(&world.session, method, path).bearer(&token).json(&json!({"data": {}})).await;
        answer.refused_as(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "5");
    }
}
