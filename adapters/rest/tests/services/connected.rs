use crate::world::{ADA, Ask, World, get, post};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn the_last_connection_of_anybody() {
    let world = World::new().await;
    let token = world.token("ada").await;
    Ask::new(&world.session, "POST", "/api/sessions").bearer(&token).send().await;
    world.pass(Duration::from_secs(7200));
    let answer = get(&world.connected, "/last-connection?username=ada").await;
    assert_eq!(answer.status, 200);
    let document = json!({"userId": ADA, "lastConnection": "2 hours ago", "at": "2026-11-22T18:56:53.128Z"});
    assert_eq!(answer.json(), document);
    assert_eq!(get(&world.connected, "/connected/health").await.json(), json!({"status": "healthy"}));
}

#[tokio::test]
async fn refusals_are_in_the_originals_words() {
    let world = World::new().await;
    for query in ["", "?", "?username=", "?name=ada"] {
        let answer = get(&world.connected, &format!("/last-connection{query}")).await;
        answer.refused(400, "username_missing", "error", "Username must be provided.");
    }
    for (name, code, text) in [
        ("nobody", "user_not_found", "User not found."),
        ("Ada", "user_not_found", "User not found."),
        ("ada%00", "user_not_found", "User not found."),
        ("ada", "no_sessions", "No sessions found for this user."),
    ] {
        let answer = get(&world.connected, &format!("/last-connection?username={name}")).await;
        answer.refused(404, code, "error", text);
    }
    let twice = get(&world.connected, "/last-connection?username=ada&username=bob").await;
    twice.refused_as(400, "invalid_field");
    get(&world.connected, "/last-connection?username=%ff").await.refused_as(400, "malformed");
    let posted = post(&world.connected, "/last-connection", &json!({})).await;
    posted.refused_as(405, "method_not_allowed");
    world.take_stores_away();
    get(&world.connected, "/last-connection?username=ada").await.refused_as(503, "unavailable");
    assert_eq!(get(&world.connected, "/connected/health").await.status, 503);
}
