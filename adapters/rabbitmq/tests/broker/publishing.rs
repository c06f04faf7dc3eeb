//! What other programs see of what is published, and what the broker's state does to it.

use crate::support::{EXCHANGE, Host, distinct, everything, login, outgoing};
use hexad_contract::run;
use hexad_ports::{
    Outgoing, Prepare, Publication, Publisher,
    domain::{Event, EventId, EventKind},
};
use hexad_rabbitmq::{PublisherTopology, Queue, RabbitPublisher};
use lapin::{
    options::{QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};

async fn prepared(host: &Host, topology: PublisherTopology) -> RabbitPublisher {
    let publisher = host.broker().publisher(topology);
    publisher.prepare().await.unwrap();
    publisher
}

fn to(queues: Vec<Queue>) -> PublisherTopology {
    PublisherTopology { exchange: EXCHANGE.to_owned(), queues }
}

async fn publish(publisher: &RabbitPublisher, events: &[Event]) -> Vec<bool> {
    let publications = publisher.publish(&outgoing(events)).await;
    publications.iter().map(|one| matches!(one, Publication::Confirmed)).collect()
}

fn test_event() -> Event {
    let kind = EventKind::TestEvent { msg: "hello".to_owned() };
    Event { id: EventId::from_uuid(uuid::Uuid::from_u128(distinct())), kind, ..login("test") }
}

#[test]
fn a_consumer_of_the_originals_reads_the_body_that_it_knows() {
    run(async {
        let host = Host::new().await;
        let publisher = prepared(&host, everything()).await;
        let event = login("ada");
        let publications = publisher.publish(&[Outgoing { event: event.clone(), sequence: 42 }]).await;
        assert!(matches!(publications.as_slice(), [Publication::Confirmed]), "{publications:?}");

        let message = host.take("auth-events").await.unwrap();
        assert_eq!(
            String::from_utf8(message.data.clone()).unwrap(),
            r#"{"event":"UserLoggedIn","data":{"user_id":"u1","username":"ada","email":"ada@example.org"},"timestamp":"2026-11-22T18:56:51.837633+00:00"}"#
        );
        assert_eq!(
            (message.exchange.as_str(), message.routing_key.as_str()),
            (EXCHANGE, "auth.UserLoggedIn")
        );
        let properties = &message.properties;
        assert_eq!(*properties.delivery_mode(), Some(2), "it survives the broker's restart");
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), "application/json");
        let id = event.id.to_string();
        assert_eq!(properties.message_id().as_ref().unwrap().as_str(), id);
        assert_eq!(properties.kind().as_ref().unwrap().as_str(), "UserLoggedIn");
        assert_eq!(*properties.timestamp(), Some(1_795_373_811), "whole seconds");
        let headers = properties.headers().as_ref().unwrap().inner();
        for (name, value) in [
            ("cloudEvents:specversion", "1.0"),
            ("cloudEvents:id", id.as_str()),
            ("cloudEvents:type", "UserLoggedIn"),
            ("cloudEvents:source", "/hexad/auth"),
            ("cloudEvents:time", "2026-11-22T18:56:51.837633+00:00"),
            ("cloudEvents:sequence", "00000000000000000042"),
        ] {
            assert_eq!(headers.get(name), Some(&AMQPValue::LongString(value.into())), "{name}");
        }
    });
}

#[test]
fn the_queues_of_the_originals_are_made_as_they_made_them() {
    run(async {
        let host = Host::new().await;
        prepared(&host, everything()).await;
        // Other arguments than those that it has would be refused.
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        host.channel.queue_declare("auth-events".into(), durable, FieldTable::default()).await.unwrap();
    });
}

#[test]
fn a_queue_with_other_arguments_is_used_as_it_is() {
    run(async {
        let host = Host::new().await;
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(100));
        let transient = QueueDeclareOptions::default();
        host.channel.queue_declare("auth-events".into(), transient, arguments).await.unwrap();
        let publisher = prepared(&host, everything()).await;
        let event = login("ada");
        assert_eq!(publish(&publisher, std::slice::from_ref(&event)).await, [true]);
        assert_eq!(host.events("auth-events").await, [event]);
    });
}

#[test]
fn programs_that_start_together_prepare_the_same_queues() {
    run(async {
        let host = Host::new().await;
        let publishers: Vec<_> = (0..8).map(|_| host.broker().publisher(everything())).collect();
        let preparing = publishers.iter().map(Prepare::prepare);
        for prepared in futures_util::future::join_all(preparing).await {
            prepared.unwrap();
        }
        publishers[0].prepare().await.unwrap();
    });
}

#[test]
fn what_no_queue_took_is_told_from_what_one_did() {
    run(async {
        let host = Host::new().await;
        let queues =
            vec![Queue::plain("logins", &["auth.UserLoggedIn"]), Queue::plain("tests", &["auth.TestEvent"])];
        let publisher = prepared(&host, to(queues)).await;
        let mut events = Vec::new();
        for round in 0..40 {
            events.push(login("ada"));
            if round % 3 == 0 {
                events.push(test_event());
            }
        }
        let is_login = |event: &Event| matches!(event.kind, EventKind::UserLoggedIn { .. });
        let expected: Vec<bool> = events.iter().map(is_login).collect();
        for _ in 0..3 {
            // On a channel that knows of no loss yet.
            assert_eq!(publish(&publisher, &[login("grace")]).await, [true]);
            host.take("logins").await.unwrap();
            host.channel.queue_delete("tests".into(), QueueDeleteOptions::default()).await.unwrap();
            assert_eq!(publish(&publisher, &events).await, expected);
            let logins: Vec<Event> = events.iter().filter(|event| is_login(event)).cloned().collect();
            assert_eq!(host.events("logins").await, logins);
        }
    });
}

#[test]
fn a_queue_that_was_deleted_is_made_again_and_nothing_is_confirmed_meanwhile() {
    run(async {
        let host = Host::new().await;
        let publisher = prepared(&host, to(vec![Queue::plain("auth-events", &["auth.#"])])).await;
        assert_eq!(publish(&publisher, &[login("ada")]).await, [true]);
        host.channel.queue_delete("auth-events".into(), QueueDeleteOptions::default()).await.unwrap();
        let events = [login("ada"), login("grace")];
        assert_eq!(publish(&publisher, &events).await, [false, false]);
        assert_eq!(publish(&publisher, &events).await, [true, true]);
        assert_eq!(host.events("auth-events").await, events);
    });
}

#[test]
fn what_nobody_is_to_read_is_published_all_the_same() {
    run(async {
        let host = Host::new().await;
        let publisher = prepared(&host, to(Vec::new())).await;
        assert_eq!(publish(&publisher, &[login("ada"), login("ada")]).await, [true, true]);
        let publisher = prepared(&host, to(vec![Queue::plain("logins", &["auth.UserLoggedIn"])])).await;
        let login = login("ada");
        assert_eq!(publish(&publisher, &[test_event(), login.clone()]).await, [true, true]);
        assert_eq!(host.events("logins").await, [login]);
    });
}

#[test]
fn what_the_broker_refuses_is_not_published() {
    run(async {
        let host = Host::new().await;
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
        arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        host.channel.queue_declare("full".into(), durable, arguments).await.unwrap();
        let publisher = prepared(&host, to(vec![Queue::plain("full", &["auth.#"])])).await;
        assert_eq!(publish(&publisher, &[login("ada")]).await, [true]);
        assert_eq!(publish(&publisher, &[login("ada"), login("ada")]).await, [false, false]);
        host.take("full").await.unwrap();
        assert_eq!(publish(&publisher, &[login("ada")]).await, [true], "it goes on afterwards");
    });
}

#[test]
fn publications_that_are_given_up_and_others_at_the_same_time_leave_the_order_as_it_is() {
    run(async {
        let host = Host::new().await;
        let publisher = prepared(&host, to(vec![Queue::plain("auth-events", &["auth.#"])])).await;
        let events: Vec<Event> = (0..200).map(|_| login("ada")).collect();
        for batch in events.chunks(20) {
            let batch = outgoing(batch);
            // Dropped in the middle, some before and some behind the network.
            let given_up = publisher.publish(&batch);
            let _ = tokio::time::timeout(std::time::Duration::from_micros(300), given_up).await;
            for publication in publisher.publish(&batch).await {
                assert!(matches!(publication, Publication::Confirmed), "{publication:?}");
            }
        }
        // As one who knows ids reads them: each for the first time.
        let mut arrived: Vec<EventId> = Vec::new();
        for event in host.events("auth-events").await {
            if !arrived.contains(&event.id) {
                arrived.push(event.id);
            }
        }
        assert_eq!(arrived, events.iter().map(|event| event.id).collect::<Vec<_>>());
    });
}
