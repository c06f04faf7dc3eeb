//! Logging in, the profile, and what a token must be.

use hexad_system_tests::{Person, Suite, count, eventually, raw, token};
use serde_json::{Value, json};

fn credentials(username: &str, password: &str) -> Value {
    json!({"username": username, "password": password})
}

#[tokio::test]
async fn a_login_gives_a_token_for_an_hour() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let before = token::now();
    for name in [ada.username(), ada.get("email")] {
        let answer = suite.auth.post("/login").json(&credentials(name, ada.get("password"))).send().await;
        let grant = answer.ok(200);
        assert_eq!((&grant["token_type"], &grant["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(grant.get("device_token"), None, "a later version has it");
        let claims = token::read(grant["token"].as_str().unwrap());
        assert_eq!((&claims["user_id"], &claims["sub"]), (&json!(id), &json!(id)));
        assert_eq!((&claims["username"], &claims["iss"]), (&json!(ada.username()), &json!("hexad")));
        let (iat, exp) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert_eq!(exp - iat, 3600);
        assert!((before..=token::now()).contains(&iat));
        assert_eq!(claims["jti"].as_str().unwrap().as_bytes()[14], b'7', "a UUID of version 7");
    }
}

#[tokio::test]
async fn the_lifetime_of_a_token_is_a_setting() {
    let suite = Suite::with(&[("TOKEN_TTL", "1s")]).await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    let token = ada.log_in(&suite.auth).await;
    let profile = eventually("the token to expire", async || {
        let answer = suite.auth.get("/profile").bearer(&token).send().await;
        (answer.status != 200).then_some(answer)
    });
    profile.await.problem_saying(401, "token_expired", "Token expired");
    let verified = suite.session.get("/api/sessions/verify").bearer(&token).send().await;
    verified.problem_saying(401, "token_expired", "Invalid or expired token");
}

#[tokio::test]
async fn wrong_credentials_are_all_answered_alike_and_told_as_events() {
    let suite = Suite::start().await;
    let (ada, other) = (Person::new(), Person::new());
    ada.register(&suite.user_soap).await;
    other.register(&suite.user_soap).await;
    let (name, password) = (ada.username(), ada.get("password"));
    let (upper, padded) = (name.to_uppercase(), format!(" {name}"));
    let long = "x".repeat(100_000);
    let wrong = [
        (name, "wrong"),
        (name, other.get("password")),
        (name, &password[1..]),
        (&upper, password),
        (&padded, password),
        ("nobody", password),
        // No field is missing here: a row of the originals may have an empty name.
        ("", ""),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("名無し", "пароль 🔑"),
        ("a\0b", "c\0d"),
        (&long, &long),
        (name, &long),
    ];
    for (username, password) in wrong {
        let answer = suite.auth.post("/login").json(&credentials(username, password)).send().await;
        answer.problem_saying(401, "invalid_credentials", "Invalid credentials");
    }
    let told = "SELECT count(*) FROM event WHERE body LIKE '%UserLoginFailed%'";
    assert_eq!(count(&suite.data_dir(), told).await, wrong.len() as i64);
}

#[tokio::test]
async fn a_bad_body_is_refused_and_leaves_nothing_behind() {
    let suite = Suite::start().await;
    let before = suite.footprint().await;
    let large = format!(r#"{{"username":"{}","password":"x"}}"#, "a".repeat(1024 * 1024));
    let deep = "[".repeat(100_000);
    let nested = format!(r#"{{"username":{}{},"password":"x"}}"#, "[".repeat(500), "]".repeat(500));
    let json = Some("application/json");
    for (content_type, body, status, code) in [
        (None, "", 400, "missing_field"),
        (json, "", 400, "missing_field"),
        (Some("text/plain"), "", 400, "missing_field"),
        (json, "{}", 400, "missing_field"),
        (json, r#"{"username":"ada"}"#, 400, "missing_field"),
        (json, r#"{"username":null,"password":"x"}"#, 400, "missing_field"),
        (json, r#"{"username":7,"password":"x"}"#, 400, "invalid_field"),
        (json, r#"{"username":"ada","password":["x"]}"#, 400, "invalid_field"),
        (json, r#"{"username":{"$ne":null},"password":true}"#, 400, "invalid_field"),
        (json, "{", 400, "malformed"),
        (json, " ", 400, "malformed"),
        (json, "[]", 400, "malformed"),
        (json, "null", 400, "malformed"),
        (json, "\"text\"", 400, "malformed"),
        (json, "{} {}", 400, "malformed"),
        (json, r#"{"username":"a","username":"b","password":"x"}"#, 400, "malformed"),
        (json, r#"{"username":"\ud800","password":"x"}"#, 400, "malformed"),
        (json, &deep, 400, "malformed"),
        (json, &nested, 400, "malformed"),
        (json, &large, 413, "too_large"),
        (None, "{}", 415, "unsupported_media_type"),
        (Some("text/xml"), "<a/>", 415, "unsupported_media_type"),
        (Some("application/x-www-form-urlencoded"), "username=a&password=b", 415, "unsupported_media_type"),
        (Some("application/jsonp"), "{}", 415, "unsupported_media_type"),
    ] {
        let call = suite.auth.post("/login");
        let call = match content_type {
            Some(content_type) => call.body(content_type, body.to_owned()),
            None => call.untyped(body.to_owned()),
        };
        call.send().await.problem(status, code);
    }
    let not_utf8 = suite.auth.post("/login").body("application/json", b"{\"username\":\"\xff\"}".as_slice());
    not_utf8.send().await.problem(400, "malformed");
    assert_eq!(suite.footprint().await, before);
}

#[tokio::test]
async fn every_wrong_field_is_named_and_its_value_is_not_repeated() {
    let suite = Suite::start().await;
    let answer = suite.auth.post("/login").json(&json!({"password": ["hunter2"]})).send().await;
    let problem = answer.problem(400, "missing_field");
    let named: Vec<_> =
        problem["fields"].as_array().unwrap().iter().map(|f| (&f["name"], &f["code"])).collect();
    let (missing, invalid) = (json!("missing_field"), json!("invalid_field"));
    assert_eq!(named, [(&json!("username"), &missing), (&json!("password"), &invalid)]);
    assert!(!answer.text().contains("hunter2"));
}

#[tokio::test]
async fn the_profile_is_that_of_the_token() {
    let suite = Suite::start().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let own = ada.log_in(&suite.auth).await;
    let expected = json!({"username": ada.username(), "email": ada.get("email"), "user_id": id});
    let claims = token::claims(&id, ada.username());
    // What the originals issued, with either key, is as good as our own.
    for good in [&own, &token::sign(token::KEY, &claims), &token::sign(token::PREVIOUS_KEY, &claims)] {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let answer =
                suite.auth.get("/profile").header("authorization", format!("{scheme} {good}")).send().await;
            assert_eq!(answer.ok(200), expected);
        }
    }
    let ghost = token::sign(token::KEY, &token::claims("nobody's id", "ghost"));
    suite.auth.get("/profile").bearer(&ghost).send().await.problem_saying(
        404,
        "user_not_found",
        "User not found",
    );
}

#[tokio::test]
async fn without_a_good_token_there_is_no_profile() {
    let suite = Suite::start().await;
    for none in ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", "x"] {
        let answer = suite.auth.get("/profile").header("authorization", none).send().await;
        answer.problem_saying(403, "token_missing", "Token is missing");
    }
    suite.auth.get("/profile").send().await.problem_saying(403, "token_missing", "Token is missing");
    let two = suite.auth.get("/profile").bearer("x").bearer("x").send().await;
    two.problem(400, "malformed");
    for (what, bad, code) in token::bad() {
        let answer = suite.auth.get("/profile").bearer(&bad).send().await;
        assert_eq!(answer.status, 401, "{what}");
        let says = if code == "token_expired" { "Token expired" } else { "Invalid token" };
        answer.problem_saying(401, code, says);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
    }
    let odd = raw(
        &suite.auth,
        b"GET /profile HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \xff\xfe\r\nconnection: close\r\n\r\n",
    );
    let odd = odd.await;
    assert!(odd.starts_with("HTTP/1.1 401 ") || odd.starts_with("HTTP/1.1 400 "), "{odd}");
}

#[tokio::test]
async fn the_two_routes_for_a_try() {
    let suite = Suite::start().await;
    let clock = suite.auth.get("/test-db").send().await.ok(200);
    assert_eq!(clock["message"], "Successful connection");
    let told = clock["timestamp"].as_str().unwrap();
    assert!(told.len() >= 20 && told.as_bytes()[10] == b'T', "{told} is RFC 3339");
    let before = count(&suite.data_dir(), "SELECT count(*) FROM event WHERE body LIKE '%TestEvent%'").await;
    assert!(suite.auth.get("/test-event").send().await.ok(200)["message"].is_string());
    let after = count(&suite.data_dir(), "SELECT count(*) FROM event WHERE body LIKE '%TestEvent%'").await;
    assert_eq!(after - before, 1, "it is stored when it is answered");
}
