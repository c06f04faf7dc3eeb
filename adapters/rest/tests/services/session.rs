use crate::world::{ADA, Answer, Ask, World, get};
use serde_json::{Value, json};
use std::time::Duration;

const NOW: &str = "2026-11-22T18:56:53.128Z";
const LATER: &str = "2026-11-22T18:57:53.128Z";
const MINE: &str = "/api/sessions/5f8f8c44-1111-4222-8333-444455556666";

/// The session as it must be now; its id is the store's own.
fn session(answer: &Answer, data: &Value, updated: &str, connected: &str) -> Value {
    let id = &answer.json()["session"]["_id"];
    assert!(id.as_str().is_some_and(|id| !id.is_empty()));
    json!({
        "_id": id,
        "userId": ADA,
        "data": data,
        "createdAt": NOW,
        "updatedAt": updated,
        "connectedAt": connected,
    })
}

#[tokio::test]
async fn a_session_is_opened_read_changed_and_ended() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let ask = |method: &str, path: &str| Ask::new(&world.session, method, path).bearer(&token);

    let created = ask("POST", "/api/sessions").json(&json!({"data": {"a": 1}})).await;
    assert_eq!(created.status, 201);
    let document = session(&created, &json!({"a": 1}), NOW, NOW);
    assert_eq!(created.json(), json!({"message": "Session created", "session": document}));

    let read = ask("GET", MINE).send().await;
    assert_eq!((read.status.as_u16(), read.json()), (200, document));
    assert_eq!(read.header("etag"), created.header("etag"));
    assert_eq!(read.header("cache-control"), "no-store");

    world.pass(Duration::from_secs(60));
    let updated = ask("PUT", MINE).json(&json!({"data": {"text": "hi", "a": null}})).await;
    assert_eq!(updated.status, 200);
    let document = session(&created, &json!({"text": "hi"}), LATER, NOW);
    assert_eq!(updated.json(), json!({"message": "Session updated", "session": document}));
    assert_ne!(updated.header("etag"), read.header("etag"));

    let touched = ask("POST", "/api/sessions").send().await;
    assert_eq!(touched.status, 200);
    let document = session(&created, &json!({"text": "hi"}), LATER, LATER);
    assert_eq!(touched.json(), json!({"message": "Session updated", "session": document}));

    let replaced = ask("POST", "/api/sessions").json(&json!({"data": {}})).await;
    assert_eq!(replaced.json()["session"]["data"], json!({}));

    let last = ask("GET", "/last-connection?username=ada").send().await;
    let document = json!({"userId": ADA, "lastConnection": "a few seconds ago", "at": LATER});
    assert_eq!((last.status.as_u16(), last.json()), (200, document));

    let deleted = ask("DELETE", MINE).send().await;
    assert_eq!((deleted.status.as_u16(), deleted.json()), (200, json!({"message": "Session deleted"})));
    for (method, path) in [("GET", MINE), ("GET", "/api/sessions/verify"), ("POST", "/api/sessions")] {
        let revoked = ask(method, path).send().await;
        revoked.refused(401, "token_invalid", "message", "Invalid or expired token");
    }
    let profile = Ask::new(&world.auth, "GET", "/profile").bearer(&token).send().await;
    assert_eq!(profile.status, 200, "auth goes on");
}

#[tokio::test]
async fn data_may_be_missing_or_null_where_a_session_is_opened() {
    for body in [json!({}), json!({"data": null}), json!({"other": 1})] {
        let world = World::new().await;
        let token = world.token("ada").await;
        let created = Ask::new(&world.session, "POST", "/api/sessions").bearer(&token).json(&body).await;
        assert_eq!((created.status.as_u16(), &created.json()["session"]["data"]), (201, &json!({})));
    }
}

#[tokio::test]
async fn a_good_token_is_told_whose_it_is_with_a_session_or_without() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let verified = Ask::new(&world.session, "GET", "/api/sessions/verify").bearer(&token).send().await;
    let user = json!({"user_id": ADA, "username": "ada", "exp": 1_795_377_413});
    assert_eq!(verified.status, 200);
    assert_eq!(verified.json(), json!({"message": "Session is valid", "user": user}));
}

#[tokio::test]
async fn an_odd_id_is_reached_by_its_encoded_path() {
    let world = World::new().await;
    let token = world.token("bob").await;
    Ask::new(&world.session, "POST", "/api/sessions").bearer(&token).send().await;
    let read = Ask::new(&world.session, "GET", "/api/sessions/an%20odd%2Fid").bearer(&token).send().await;
    assert_eq!((read.status.as_u16(), &read.json()["userId"]), (200, &json!("an odd/id")));
}

#[tokio::test]
async fn a_change_can_be_bound_to_what_was_read() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let ask = |method: &str, tag: &str| {
        Ask::new(&world.session, method, MINE).bearer(&token).header("if-match", tag)
    };
    let data = json!({"data": {}});
    let change = async |tag: &str| {
        let changed = ask("PUT", tag).json(&data).await;
        assert_eq!(changed.status, 200, "{tag}");
        changed.header("etag").to_owned()
    };
    let opened = Ask::new(&world.session, "POST", "/api/sessions").bearer(&token).send().await;
    let first = opened.header("etag");
    for stale in ["\"other\"", &format!("W/{first}"), "\"x\", \"y\""] {
        ask("PUT", stale).json(&data).await.refused_as(412, "precondition_failed");
        ask("DELETE", stale).send().await.refused_as(412, "precondition_failed");
    }
    ask("PUT", first.trim_matches('"')).json(&data).await.refused_as(400, "malformed");
    let second = change(first).await;
    ask("PUT", first).json(&data).await.refused_as(412, "precondition_failed");
    change(&format!("{first}, {second}")).await;
    let last = change("*").await;
    assert_eq!(ask("DELETE", &last).send().await.status, 200);
}

#[tokio::test]
async fn it_is_healthy_on_both_routes() {
    let world = World::new().await;
    for path in ["/health", "/session/health", "/readyz"] {
        let answer = Ask::new(&world.session, "GET", path).send().await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"status": "healthy"})));
    }
    world.take_stores_away();
    assert_eq!(Ask::new(&world.session, "GET", "/session/health").send().await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_away_within_five_seconds() {
    let world = World::new().await;
    let token = world.token("ada").await;
    world.faults.hold_every_call();
    let began = tokio::time::Instant::now();
    let answer = Ask::new(&world.session, "POST", "/api/sessions").bearer(&token).send().await;
    answer.refused_as(503, "unavailable");
    assert!(began.elapsed() < Duration::from_secs(5));
    get(&world.connected, "/last-connection?username=ada").await.refused_as(503, "unavailable");
}
