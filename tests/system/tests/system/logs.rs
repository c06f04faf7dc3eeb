//! What the programs write about what they do: enough to find a request, and nothing that is secret.

use hexad_system_tests::{Person, Program, SOAP_1_1, Service, count, eventually, picture, token, upload};
use serde_json::{Value, json};

#[tokio::test]
async fn a_whole_journey_leaves_no_secret_in_the_log() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let ports = ["AUTH", "USER_SOAP", "SESSION", "IMAGE", "USER_LOOKUP", "CONNECTED"]
        .map(|name| format!("{name}_PORT"));
    let mut settings: Vec<_> = ports.iter().map(|name| (name.as_str(), "0")).collect();
    settings.extend([
        ("DATA_DIR", data.to_str().unwrap()),
        ("SECRET_KEY", token::KEY),
        ("SECRET_KEYS_PREVIOUS", token::PREVIOUS_KEY),
        ("PASSWORD_ITERATIONS", "100000"),
        // All that a developer could ever ask for.
        ("LOG", "trace"),
    ]);
    let mut hexad = Program::start("hexad", place.path(), &settings);
    let addresses = hexad.listening(6);
    let service = |name: &str| Service::at(name, addresses[name]);
    let (auth, user_soap, session) = (service("auth"), service("user-soap"), service("session"));

    let ada = Person::new().with("password", "an extremely secret password");
    let id = ada.register(&user_soap).await;
    let call = user_soap.post("/register").header("x-request-id", "find-the-twin");
    call.body("text/xml", ada.envelope(SOAP_1_1)).send().await.fault();
    let refused = ada.clone().with("password", "sh0rt!?");
    user_soap.post("/register").untyped(refused.envelope(SOAP_1_1)).send().await.fault();
    let token = ada.log_in(&auth).await;
    let wrong = json!({"username": ada.username(), "password": "a wrong but telling password"});
    auth.post("/login").json(&wrong).send().await.problem(401, "invalid_credentials");
    auth.post("/login")
        .body("application/json", r#"{"password": "an unfinished password"#)
        .send()
        .await
        .problem(400, "malformed");
    auth.get("/profile").bearer(&token).send().await.ok(200);
    let (_, bad, _) = token::bad().swap_remove(2);
    auth.get("/profile").bearer(&bad).send().await.problem(401, "token_invalid");
    let own = format!("/api/sessions/{id}");
    eventually("the login to open the session", async || {
        let call =
            session.call("PUT", &own).bearer(&token).json(&json!({"data": {"note": "a private note"}}));
        (call.send().await.status == 200).then_some(())
    })
    .await;
    session.get(&format!("/last-connection?token={token}")).bearer(&token).send().await.ok(200);
    upload(&service("image"), "/images", "a.png", &picture("")).await.ok(201);
    service("user-lookup").get(&format!("/user/soap?username={}", ada.username())).send().await;
    service("connected").get(&format!("/last-connection?username={}", ada.username())).send().await.ok(200);
    session.call("DELETE", &own).bearer(&token).send().await.ok(200);
    let hash = "SELECT count(*) FROM \"user\" WHERE password LIKE '$pbkdf2-sha256$i=100000,l=32$%'";
    assert_eq!(count(&data, hash).await, 1, "what is stored is a hash");

    hexad.terminate();
    let (status, _, log) = hexad.ended();
    assert_eq!(status.code(), Some(0));
    let signature = token.rsplit('.').next().unwrap();
    for secret in [
        ada.get("password"),
        "sh0rt!?",
        "telling password",
        "unfinished password",
        token.as_str(),
        signature,
        bad.rsplit('.').next().unwrap(),
        token::KEY,
        token::PREVIOUS_KEY,
        "$pbkdf2-sha256$",
        "a private note",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "the log tells {secret}");
    }

    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
    let of_request = |line: &&Value| line.to_string().contains("find-the-twin");
    assert!(lines.iter().any(|line| of_request(&line) && line["status"] == 500), "the request can be found");
}
