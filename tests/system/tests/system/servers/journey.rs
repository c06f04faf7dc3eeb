//! From a registration to the last connection, and an image that anybody can fetch.

use super::Servers;
use hexad_system_tests::{Person, SOAP_1_1, eventually, get_user, picture, upload};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_registers_logs_in_and_is_seen_by_all_services() {
    let servers = Servers::new().await;
    let suite = servers.suite().await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let token = ada.log_in(&suite.auth).await;
    let profile = suite.auth.get("/profile").bearer(&token).send().await.ok(200);
    assert_eq!(profile["user_id"], json!(id));

    // The login has gone over the broker.
    let path = format!("/api/sessions/{id}");
    let session = eventually("the session", async || {
        let answer = suite.session.get(&path).bearer(&token).send().await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!((&session["userId"], &session["data"]), (&json!(id), &json!({})));
    let own = suite.session.get("/last-connection").bearer(&token).send().await.ok(200);
    let last = format!("/last-connection?username={}", ada.username());
    let seen = suite.connected.get(&last).send().await.ok(200);
    assert_eq!((&seen["userId"], &seen["at"]), (&json!(id), &own["at"]));

    let found = suite.user_lookup.post("/user/soap").body("text/xml", get_user(SOAP_1_1, ada.username()));
    let found = found.send().await;
    assert!(found.status == 200 && found.text().contains(&id), "{}", found.text());

    for (service, at) in suite.all() {
        assert_eq!(at.get("/readyz").send().await.status, 200, "{service}");
    }
    let health = suite.session.get("/health").send().await.ok(200);
    assert_eq!(health, json!({"status": "healthy", "broker": "up"}));
    suite.auth.get("/test-event").send().await.ok(200);
    assert!(!suite.data_dir().exists(), "nothing embedded was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_fetched_straight_from_the_store() {
    let servers = Servers::new().await;
    let suite = servers.suite().await;
    let bytes = picture("");
    let stored = upload(&suite.image, "/images", "a.png", &bytes).await.ok(201);
    let url = stored["url"].as_str().unwrap();
    let path = format!("/{}/a.png", servers.s3.name);
    assert_eq!(url, format!("{}{path}", servers.s3.endpoint));
    // By somebody who knows nothing but the URL.
    let address = servers.s3.endpoint.strip_prefix("http://").unwrap();
    let mut store = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    store.write_all(request.as_bytes()).await.unwrap();
    let mut fetched = Vec::new();
    store.read_to_end(&mut fetched).await.unwrap();
    let head = String::from_utf8_lossy(&fetched).to_lowercase();
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-type: image/png\r\n"), "{head}");
    assert!(fetched.ends_with(&bytes));
    assert_eq!(suite.image.get("/images").send().await.ok(200)["urls"], json!([url]));
    assert_eq!(suite.image.get("/images/a.png").send().await.body, bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_may_stand_beside_the_users() {
    let servers = Servers::new().await;
    let suite = servers.suite_with(&[("SESSION_STORE", "postgres")]).await;
    let ada = Person::new();
    let id = ada.register(&suite.user_soap).await;
    let token = ada.log_in(&suite.auth).await;
    let path = format!("/api/sessions/{id}");
    eventually("the session", async || {
        (suite.session.get(&path).bearer(&token).send().await.status == 200).then_some(())
    })
    .await;
    let data = json!({"data": {"text": "kept"}});
    suite.session.call("PUT", &path).bearer(&token).json(&data).send().await.ok(200);
    let last = format!("/last-connection?username={}", ada.username());
    suite.connected.get(&last).send().await.ok(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queues_of_the_seed_hold_every_event() {
    let servers = Servers::new().await;
    let suite = servers.suite().await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    let token = ada.log_in(&suite.auth).await;
    eventually("the session", async || {
        (suite.session.get("/last-connection").bearer(&token).send().await.status == 200).then_some(())
    })
    .await;
    for (queue, event) in [
        ("user-events", "UserRegistered"),
        ("auth-events", "UserLoggedIn"),
        ("session-events", "SessionCreated"),
    ] {
        let ask = json!({"count": 10, "ackmode": "ack_requeue_true", "encoding": "auto"});
        let path = format!("/queues/{}/{queue}/get", servers.rabbitmq.name);
        let body = eventually(queue, async || {
            let messages = servers.rabbitmq.api(http::Method::POST, &path, &ask).await;
            messages[0]["payload"].as_str().map(str::to_owned)
        })
        .await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&body["event"], &body["data"]["username"]), (&json!(event), &json!(ada.username())));
    }
}
