//! Each test has a stage of its own on the real servers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a failed expectation is a failed test"
)]

use http::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn two_databases_are_two_databases() {
    let (one, other) = (hexad_stage::postgres().await, hexad_stage::postgres().await);
    let mut connection = PgConnection::connect(&one.url).await.unwrap();
    sqlx::query("CREATE TABLE only_here (n INT)").execute(&mut connection).await.unwrap();
    let mut connection = PgConnection::connect(&other.url).await.unwrap();
    let there: bool = sqlx::query_scalar("SELECT to_regclass('only_here') IS NOT NULL")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(!there);
}

#[tokio::test]
async fn a_virtual_host_has_queues_of_its_own() {
    let (one, other) = (hexad_stage::rabbitmq().await, hexad_stage::rabbitmq().await);
    one.api(Method::PUT, &format!("/queues/{}/letters", one.name), &json!({"durable": true})).await;
    assert_eq!(one.queue("letters").await.unwrap()["durable"], Value::Bool(true));
    assert_eq!(other.queue("letters").await, None);
    one.delete_queue("letters").await;
    assert_eq!(one.queue("letters").await, None);
}

#[tokio::test]
async fn what_waits_in_a_queue_is_read_and_stays() {
    let host = hexad_stage::rabbitmq().await;
    host.api(Method::PUT, &format!("/queues/{}/letters", host.name), &json!({"durable": true})).await;
    let letter = json!({
        "routing_key": "letters", "payload": "hello", "payload_encoding": "string", "properties": {"message_id": "1"}
    });
    let path = format!("/exchanges/{}/amq.default/publish", host.name);
    assert_eq!(host.api(Method::POST, &path, &letter).await["routed"], Value::Bool(true));
    for _ in 0..2 {
        let messages = host.messages("letters").await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0]["payload"], "hello");
        assert_eq!(messages[0]["properties"]["message_id"], "1");
    }
    assert_eq!(host.queues().await, ["letters"]);
    host.delete().await;
}
