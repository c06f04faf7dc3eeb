//! What is consumed, by whom, and where the rest goes.

use crate::support::{DEAD, EXCHANGE, Host, INBOX, body, eventually, inbox, login};
use hexad_contract::run;
use hexad_ports::{Content, Delivery, EventSource, Prepare, Settlement, domain::Event};
use hexad_rabbitmq::{Queue, RabbitSource, SourceTopology};
use lapin::{
    BasicProperties,
    options::{BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

async fn source(host: &Host, topology: SourceTopology) -> RabbitSource {
    let source = host.broker().source(topology);
    source.prepare().await.unwrap();
    source
}

/// What arrives next, for however long the broker takes to let us consume again.
async fn receive(source: &RabbitSource, limit: usize) -> Vec<Delivery> {
    eventually("receiving", SOON, async || timeout(SOON, source.receive(limit)).await.unwrap().ok()).await
}

fn event(delivery: &Delivery) -> Event {
    match &delivery.content {
        Content::Event(event) => event.clone(),
        other => panic!("{other:?}"),
    }
}

async fn settle(source: &RabbitSource, delivery: &Delivery, settlement: Settlement) {
    source.settle(&delivery.tag, settlement).await.unwrap();
}

fn poison() -> Settlement {
    Settlement::Poison { why: "no such user: \u{1f480}".to_owned() }
}

#[test]
fn an_event_of_the_originals_without_an_id_has_the_same_id_when_it_comes_again() {
    run(async {
        let host = Host::new().await;
        let consumer = source(&host, inbox(10)).await;
        let sent = login("ada");
        host.send(INBOX, body(&sent).as_bytes()).await;
        let first = event(&receive(&consumer, 1).await[0]);
        assert_eq!((first.at, &first.kind), (sent.at, &sent.kind));
        drop(consumer);
        let consumer = source(&host, inbox(10)).await;
        let again = receive(&consumer, 1).await.remove(0);
        assert_eq!(event(&again), first);
        settle(&consumer, &again, Settlement::Done).await;
    });
}

#[test]
fn a_queue_of_the_originals_that_others_fill_is_consumed_beside_our_own() {
    run(async {
        let host = Host::new().await;
        // As the originals declare it. Nothing is bound to it.
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        host.channel.queue_declare("auth-events".into(), durable, FieldTable::default()).await.unwrap();
        let queues = vec![Queue::in_order(INBOX, &["auth.#"]), Queue::plain("auth-events", &[])];
        let consumer = source(&host, SourceTopology { queues, ..inbox(10) }).await;
        host.send("auth-events", body(&login("ada")).as_bytes()).await;
        host.send(INBOX, body(&login("grace")).as_bytes()).await;
        let mut subjects = Vec::new();
        while subjects.len() < 2 {
            for delivery in receive(&consumer, 2).await {
                subjects.push(event(&delivery).subject);
                settle(&consumer, &delivery, Settlement::Done).await;
            }
        }
        subjects.sort();
        assert_eq!(subjects, ["ada", "grace"]);
    });
}

#[test]
fn no_more_than_the_prefetch_is_taken_from_the_broker() {
    run(async {
        let host = Host::new().await;
        let consumer = source(&host, inbox(3)).await;
        for _ in 0..10 {
            host.send(INBOX, body(&login("ada")).as_bytes()).await;
        }
        let mut held = receive(&consumer, 10).await;
        while held.len() < 3 {
            held.extend(receive(&consumer, 10).await);
        }
        assert_eq!(held.len(), 3);
        assert_eq!(host.waiting(INBOX).await, 7);
        // An outage of the store: everything is tried again, nothing is set aside and nothing more is taken.
        for _ in 0..50 {
            for delivery in &held {
                settle(&consumer, delivery, Settlement::Retry).await;
            }
            held = receive(&consumer, 10).await;
            assert_eq!(held.len(), 3);
        }
        assert_eq!((host.waiting(INBOX).await, host.waiting(DEAD).await), (7, 0));
    });
}

#[test]
fn poison_is_kept_with_its_body_and_properties_and_why_it_is_there() {
    run(async {
        let host = Host::new().await;
        let consumer = source(&host, inbox(10)).await;
        let mut headers = FieldTable::default();
        headers.insert("x-own".into(), AMQPValue::LongLongInt(7));
        // The broker sends what has this header there as well.
        host.channel.queue_declare("copies".into(), Default::default(), FieldTable::default()).await.unwrap();
        headers
            .insert("CC".into(), AMQPValue::FieldArray(vec![AMQPValue::LongString("copies".into())].into()));
        let came = BasicProperties::default()
            .with_content_type("text/plain".into())
            .with_message_id("message-7".into())
            .with_user_id(host.user().into())
            .with_expiration("3600000".into())
            .with_headers(headers);
        let body = vec![b'x'; 300_000];
        host.send_with(INBOX, &body, came).await;

        let delivery = receive(&consumer, 1).await.remove(0);
        let Content::Malformed { why } = &delivery.content else { panic!("{:?}", delivery.content) };
        assert!(why.contains("262144"), "{why}");
        settle(&consumer, &delivery, poison()).await;
        assert_eq!((host.waiting(DEAD).await, host.waiting("copies").await), (1, 1));
        let dead = host.take(DEAD).await.unwrap();
        assert_eq!(dead.data, body);
        assert_eq!(dead.properties.message_id().as_ref().unwrap().as_str(), "message-7");
        assert_eq!(dead.properties.content_type().as_ref().unwrap().as_str(), "text/plain");
        assert_eq!((dead.properties.delivery_mode(), dead.properties.expiration()), (&Some(2), &None));
        let headers = dead.properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers.get("x-own"), Some(&AMQPValue::LongLongInt(7)));
        for (name, value) in [
            ("x-hexad-dead-reason", "no such user: \u{1f480}"),
            ("x-hexad-dead-queue", INBOX),
            ("x-hexad-dead-exchange", ""),
            ("x-hexad-dead-routing-key", INBOX),
            ("x-hexad-dead-time", "1970-01-01T00:00:00.000000+00:00"),
        ] {
            assert_eq!(headers.get(name), Some(&AMQPValue::LongString(value.into())), "{name}");
        }
    });
}

#[test]
fn poison_that_cannot_be_kept_is_not_acknowledged_and_comes_again() {
    run(async {
        let host = Host::new().await;
        let consumer = source(&host, inbox(10)).await;
        host.send(INBOX, b"no event").await;
        host.send(INBOX, b"nor this").await;
        let first = receive(&consumer, 1).await.remove(0);
        settle(&consumer, &first, poison()).await;
        host.channel.queue_delete(DEAD.into(), QueueDeleteOptions::default()).await.unwrap();

        let second = receive(&consumer, 1).await.remove(0);
        consumer.settle(&second.tag, poison()).await.expect_err("there is no queue for it");
        let again = receive(&consumer, 1).await.remove(0);
        assert_eq!(again.content, second.content);
        // The queue was missed, and is made again.
        settle(&consumer, &again, poison()).await;
        assert_eq!(host.take(DEAD).await.unwrap().data, b"nor this");
        drop(consumer);
        let consumer = source(&host, inbox(10)).await;
        host.send(INBOX, body(&login("last")).as_bytes()).await;
        assert_eq!(event(&receive(&consumer, 10).await[0]).subject, "last", "nothing came again");
    });
}

#[test]
fn a_second_replica_waits_and_takes_over_in_order() {
    run(async {
        let host = Host::new().await;
        let (first, second) = (source(&host, inbox(4)).await, source(&host, inbox(4)).await);
        let sent: Vec<Event> = (0..12).map(|_| login("ada")).collect();
        let mut held = Vec::new();
        {
            // Both wait; one of them is given everything.
            let (mut one, mut other) = (Box::pin(first.receive(4)), Box::pin(second.receive(4)));
            let busy = eventually("consumers", SOON, async || {
                (host.look(INBOX).await.consumer_count() == 2).then_some(())
            });
            tokio::select! {
                () = busy => {}
                early = &mut one => panic!("{early:?}"),
                early = &mut other => panic!("{early:?}"),
            }
            for event in &sent {
                host.send_with(
                    INBOX,
                    body(event).as_bytes(),
                    BasicProperties::default().with_message_id(event.id.to_string().as_str().into()),
                )
                .await;
            }
        }
        let (active, standby) = tokio::select! {
            deliveries = receive(&first, 4) => { held.extend(deliveries); (first, second) }
            deliveries = receive(&second, 4) => { held.extend(deliveries); (second, first) }
        };
        let done = held.remove(0);
        assert_eq!(event(&done).id, sent[0].id);
        settle(&active, &done, Settlement::Done).await;
        drop(active);
        let mut arrived = Vec::new();
        while arrived.len() < sent.len() - 1 {
            for delivery in receive(&standby, 4).await {
                arrived.push(event(&delivery).id);
                settle(&standby, &delivery, Settlement::Done).await;
            }
        }
        assert_eq!(arrived, sent[1..].iter().map(|event| event.id).collect::<Vec<_>>());
    });
}

#[test]
fn a_queue_that_was_deleted_is_made_and_consumed_again() {
    run(async {
        let host = Host::new().await;
        let consumer = source(&host, inbox(10)).await;
        host.send(INBOX, body(&login("ada")).as_bytes()).await;
        let held = receive(&consumer, 1).await.remove(0);
        host.channel.queue_delete(INBOX.into(), QueueDeleteOptions::default()).await.unwrap();
        // Whether it is told of the deletion or not, a delivery of before settles nothing it could harm.
        let _ = consumer.settle(&held.tag, Settlement::Done).await;
        let deleted = timeout(SOON, consumer.receive(1)).await.unwrap();
        assert!(deleted.is_err(), "{deleted:?}");
        let received = async { receive(&consumer, 1).await.remove(0) };
        // As a relay does: what no queue takes is sent again. A queue is there before it is bound.
        let text = body(&login("grace"));
        let sent = eventually("a queue that takes the event", SOON, async || {
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let key = "auth.UserLoggedIn".into();
            let properties = BasicProperties::default();
            let confirm =
                host.channel.basic_publish(EXCHANGE.into(), key, options, text.as_bytes(), properties);
            let confirmation = confirm.await.unwrap().await.unwrap();
            (confirmation.is_ack() && confirmation.take_message().is_none()).then_some(())
        });
        let (delivery, ()) = tokio::join!(received, sent);
        assert_eq!(event(&delivery).subject, "grace");
    });
}
