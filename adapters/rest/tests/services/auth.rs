use crate::world::{ADA, Ask, World, get, post};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_login_gives_a_token_for_the_profile() {
    let world = World::new().await;
    for name in ["ada", "ada@example.org"] {
        let login = post(&world.auth, "/login", &json!({"username": name, "password": "secret"})).await;
        assert_eq!(login.status, 200);
        assert_eq!(login.header("cache-control"), "no-store");
        let document = login.json();
        assert_eq!((&document["token_type"], &document["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let token = document["token"].as_str().unwrap();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let profile = Ask::new(&world.auth, "GET", "/profile")
                .header("authorization", &format!("{scheme} {token}"));
            let profile = profile.send().await;
            assert_eq!(profile.status, 200);
            assert_eq!(
                profile.json(),
                json!({"username": "ada", "email": "ada@example.org", "user_id": ADA})
            );
        }
    }
}

#[tokio::test]
async fn wrong_credentials_are_told_apart_from_nothing() {
    let world = World::new().await;
    for (username, password) in
        [("ada", "wrong"), ("nobody", "secret"), ("Ada", "secret"), ("", ""), ("a\0", "x")]
    {
        let answer = post(&world.auth, "/login", &json!({"username": username, "password": password})).await;
        answer.refused(401, "invalid_credentials", "message", "Invalid credentials");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn a_login_without_its_fields_names_them() {
    let world = World::new().await;
    let both = post(&world.auth, "/login", &json!({})).await;
    both.refused(400, "missing_field", "message", "username is missing. password is missing.");
    let nothing = Ask::new(&world.auth, "POST", "/login").send().await;
    nothing.refused_as(400, "missing_field");
    let wrong = post(&world.auth, "/login", &json!({"username": 1, "password": ["secret"]})).await;
    wrong.refused_as(400, "invalid_field");
    assert_eq!(wrong.json()["fields"][1]["name"], "password");
    let broken =
        Ask::new(&world.auth, "POST", "/login").header("content-type", "application/json").body("{").await;
    broken.refused_as(400, "malformed");
    let form =
        Ask::new(&world.auth, "POST", "/login").header("content-type", "application/x-www-form-urlencoded");
    form.body("username=ada&password=secret").await.refused_as(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let world = World::new().await;
    world.hasher.be_busy(Some(Duration::from_millis(6500)));
    let answer = post(&world.auth, "/login", &json!({"username": "ada", "password": "secret"})).await;
    answer.refused_as(503, "busy");
    assert_eq!(answer.header("retry-after"), "7");
}

#[tokio::test]
async fn tokens_are_refused_in_the_originals_words() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let profile =
        |value: &str| Ask::new(&world.auth, "GET", "/profile").header("authorization", value).send();
    get(&world.auth, "/profile").await.refused(403, "token_missing", "message", "Token is missing");
    for none in ["Basic YTpi", "Bearer", "Bearer "] {
        profile(none).await.refused(403, "token_missing", "message", "Token is missing");
    }
    profile("Bearer nonsense").await.refused(401, "token_invalid", "message", "Invalid token");
    let twice = Ask::new(&world.auth, "GET", "/profile").bearer(&token).bearer(&token).send().await;
    twice.refused_as(400, "malformed");
    let gone = world.token_of_nobody().await;
    profile(&format!("Bearer {gone}")).await.refused(404, "user_not_found", "message", "User not found");
    world.pass(Duration::from_secs(3600));
    let expired = profile(&format!("Bearer {token}")).await;
    expired.refused(401, "token_expired", "message", "Token expired");
    assert_eq!(expired.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn the_database_and_the_events_can_be_tried() {
    let world = World::new().await;
    let database = get(&world.auth, "/test-db").await;
    let document =
        json!({"message": "Successful connection", "timestamp": "2026-11-22T18:56:53.128000+00:00"});
    assert_eq!((database.status.as_u16(), database.json()), (200, document));
    let event = get(&world.auth, "/test-event").await;
    assert_eq!(event.status, 200);
    assert!(event.json()["message"].is_string());
    assert_eq!(get(&world.auth, "/auth/health").await.json(), json!({"status": "healthy"}));
}

#[tokio::test]
async fn an_outage_is_503_everywhere_and_says_nothing_of_the_inside() {
    let world = World::new().await;
    let token = world.token("ada").await;
    world.take_stores_away();
    let text = "The service cannot reach a part that it needs.";
    for path in ["/test-db", "/test-event"] {
        get(&world.auth, path).await.refused(503, "unavailable", "message", text);
    }
    let profile = Ask::new(&world.auth, "GET", "/profile").bearer(&token).send().await;
    profile.refused(503, "unavailable", "message", text);
    let login = post(&world.auth, "/login", &json!({"username": "ada", "password": "secret"})).await;
    login.refused(503, "unavailable", "message", text);
    let health = get(&world.auth, "/auth/health").await;
    assert_eq!(health.status, 503);
    assert_eq!(health.json(), json!({"status": "unhealthy", "missing": ["users"]}));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_away_within_five_seconds() {
    let world = World::new().await;
    world.faults.hold_every_call();
    let began = tokio::time::Instant::now();
    let login = post(&world.auth, "/login", &json!({"username": "ada", "password": "secret"})).await;
    login.refused_as(503, "unavailable");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_comes_later_is_not_there_yet() {
    let world = World::new().await;
    for path in ["/password", "/password/reset", "/metrics", "/"] {
        get(&world.auth, path).await.refused_as(404, "not_found");
    }
    let wrong = get(&world.auth, "/login").await;
    wrong.refused_as(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
}

#[tokio::test]
async fn pages_of_allowed_origins_may_use_it() {
    let preflight = Ask::new(&World::new().await.auth, "OPTIONS", "/login")
        .header("origin", "http://app.example")
        .header("access-control-request-method", "POST")
        .send()
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), "GET, POST");
    let headers = "Authorization, Content-Type, If-Match, X-Device-Token";
    assert_eq!(preflight.header("access-control-allow-headers"), headers);
}
