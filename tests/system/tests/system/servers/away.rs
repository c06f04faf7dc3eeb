//! Servers that are not there when the services start, or not any more.

use super::{Servers, closed};
use hexad_stage::Mode;
use hexad_system_tests::{Person, Suite, eventually};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long the services may take to notice that a server is there.
const IN_TIME: Duration = Duration::from_secs(5);

/// What a service says of itself.
async fn health(suite: &Suite, service: &str) -> (u16, serde_json::Value) {
    let all = suite.all();
    let (_, at) = all.iter().find(|(name, _)| *name == service).unwrap();
    let answer = at.get("/readyz").send().await;
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_starts_without_its_stores_and_is_whole_when_they_come() {
    let servers = Servers::new().await;
    let postgres = closed(&servers.postgres.address).await;
    let mongo = closed(&servers.mongo.address).await;
    let s3 = closed(servers.s3.endpoint.strip_prefix("http://").unwrap()).await;
    let begun = Instant::now();
    let suite = servers
        .suite_with(&[
            ("DATABASE_URL", &servers.postgres.through(&postgres.address())),
            ("MONGO_URI", &servers.mongo.through(&mongo.address())),
            ("AWS_ENDPOINT_URL", &format!("http://{}", s3.address())),
        ])
        .await;
    assert!(begun.elapsed() < Duration::from_secs(7), "it took {:?}", begun.elapsed());
    for (service, missing) in [
        ("auth", json!(["users"])),
        ("user-soap", json!(["users"])),
        ("session", json!(["sessions"])),
        ("image", json!(["images"])),
        ("connected", json!(["users", "sessions"])),
    ] {
        let (status, document) = health(&suite, service).await;
        assert_eq!((status, &document["missing"]), (503, &missing), "{service}");
    }
    assert_eq!(suite.auth.get("/livez").send().await.status, 200);
    let login = json!({"username": "ada", "password": "x"});
    let refused = suite.auth.post("/login").json(&login).send().await;
    refused.problem(503, "unavailable");

    for proxy in [&postgres, &mongo, &s3] {
        proxy.set(Mode::Pass);
    }
    let back = Instant::now();
    for (service, _) in suite.all() {
        eventually("a whole service", async || (health(&suite, service).await.0 == 200).then_some(())).await;
    }
    assert!(back.elapsed() < IN_TIME, "it took {:?}", back.elapsed());
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    ada.log_in(&suite.auth).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_broker_events_wait_and_nobody_else_does() {
    let servers = Servers::new().await;
    let broker = closed(&servers.rabbitmq.address).await;
    let url = servers.rabbitmq.through(&broker.address());
    let suite = servers.suite_with(&[("AMQP_URL", &url)]).await;
    let ada = Person::new();
    ada.register(&suite.user_soap).await;
    let token = ada.log_in(&suite.auth).await;
    let (status, document) = health(&suite, "auth").await;
    assert_eq!((status, document), (200, json!({"status": "healthy", "broker": "down"})));
    let begun = Instant::now();
    suite.auth.get("/test-event").send().await.problem(503, "unavailable");
    assert!(begun.elapsed() < IN_TIME);
    let own = suite.session.get("/last-connection").bearer(&token).send().await;
    own.problem(404, "session_not_found");

    broker.set(Mode::Pass);
    let back = Instant::now();
    eventually("the session", async || {
        (suite.session.get("/last-connection").bearer(&token).send().await.status == 200).then_some(())
    })
    .await;
    assert!(back.elapsed() < IN_TIME, "it took {:?}", back.elapsed());
    suite.auth.get("/test-event").send().await.ok(200);
}
