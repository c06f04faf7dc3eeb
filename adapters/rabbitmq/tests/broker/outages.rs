//! A broker that goes and comes back, and networks that fail.

use crate::support::{DEAD, Host, eventually, everything, inbox, login, outgoing};
use hexad_contract::run;
use hexad_ports::{
    Content, EventSource, Prepare, Probe, Publication, Publisher, Settlement,
    domain::{Event, EventId},
};
use hexad_rabbitmq::{RabbitPublisher, RabbitSource};
use hexad_stage::{Direction, Mode};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// How long an answer may take while the broker is away.
const ANSWER: Duration = Duration::from_millis(4_500);
/// How long it may take until all is well again.
const RECOVERY: Duration = Duration::from_secs(5);

/// Publishes as a relay does: what was not confirmed is published again, in order.
async fn relay(publisher: &RabbitPublisher, events: &[Event]) {
    eventually("publishing", Duration::from_secs(20), async || {
        let publications = timeout(ANSWER, publisher.publish(&outgoing(events))).await.expect("an answer");
        publications.iter().all(|one| matches!(one, Publication::Confirmed)).then_some(())
    })
    .await;
}

/// Applies as a consumer does that knows ids, each event once, until one of the subject `last` comes.
async fn apply_until_last(source: &RabbitSource) -> Vec<Event> {
    let mut arrived: Vec<Event> = Vec::new();
    let mut known: HashSet<EventId> = HashSet::new();
    loop {
        // While there is no connection the answer is that; it comes back by itself.
        let Ok(deliveries) = source.receive(8).await else {
            tokio::task::yield_now().await;
            continue;
        };
        for delivery in deliveries {
            let Content::Event(event) = &delivery.content else { panic!("{delivery:?}") };
            // Where it fails it is delivered again.
            let _ = source.settle(&delivery.tag, Settlement::Done).await;
            if event.subject == "last" {
                return arrived;
            }
            if known.insert(event.id) {
                arrived.push(event.clone());
            }
        }
    }
}

fn by_subject(events: &[Event]) -> [Vec<EventId>; 2] {
    ["ada", "grace"]
        .map(|subject| events.iter().filter(|event| event.subject == subject).map(|event| event.id).collect())
}

#[test]
fn connections_that_an_operator_closes_lose_nothing_and_keep_the_order() {
    run(async {
        let host = Host::new().await;
        let (sending, receiving) = (host.broker(), host.broker());
        let publisher = sending.publisher(everything());
        let source = receiving.source(inbox(16));
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();

        let operating = AtomicBool::new(true);
        let operate = async {
            for role in ["publishing", "consuming"] {
                // The broker lists a connection some time after it was opened.
                eventually("a connection", Duration::from_secs(20), async || {
                    (host.close_connections(role).await > 0).then_some(())
                })
                .await;
            }
            operating.store(false, Ordering::SeqCst);
        };
        let tell = async {
            let mut sent: Vec<Event> = Vec::new();
            while operating.load(Ordering::SeqCst) {
                let batch: Vec<Event> = (0..10).map(|number| login(["ada", "grace"][number % 2])).collect();
                relay(&publisher, &batch).await;
                sent.extend(batch);
            }
            relay(&publisher, &[login("last")]).await;
            sent
        };
        let ((), sent, arrived) = tokio::join!(operate, tell, apply_until_last(&source));
        assert_eq!(by_subject(&arrived), by_subject(&sent));
        assert_eq!(host.waiting(DEAD).await, 0);
    });
}

#[test]
fn an_idle_connection_that_is_closed_is_opened_again_by_itself() {
    run(async {
        let host = Host::new().await;
        let broker = host.broker();
        broker.publisher(everything()).prepare().await.unwrap();
        let listed = || async { host.connections().await.into_iter().next().map(|(name, _)| name) };
        let first = eventually("a connection", RECOVERY * 2, async || listed().await).await;
        host.close_connections("publishing").await;
        eventually("another", RECOVERY * 2, async || listed().await.filter(|name| *name != first)).await;
    });
}

#[test]
fn a_broker_that_answers_nothing_is_given_up_in_time_and_found_again() {
    run(async {
        let host = Host::new().await;
        let proxy = host.proxy().await;
        let broker = host.broker_by(&proxy);
        let (publisher, source) = (broker.publisher(everything()), broker.source(inbox(4)));
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();
        relay(&publisher, &[login("ada")]).await;
        let held = source.receive(1).await.unwrap().remove(0);

        proxy.set(Mode::Blackhole);
        let events = [login("ada"), login("grace")];
        let publications = timeout(ANSWER, publisher.publish(&outgoing(&events))).await.expect("an answer");
        assert!(publications.iter().all(|one| matches!(one, Publication::Failed(_))), "{publications:?}");
        let poison = Settlement::Poison { why: "a test".to_owned() };
        timeout(ANSWER, source.settle(&held.tag, poison)).await.expect("an answer").expect_err("no confirm");
        let again = timeout(ANSWER, source.receive(1)).await.expect("an answer").unwrap();
        assert_eq!(again[0].content, held.content, "it is still there");
        timeout(ANSWER, broker.check()).await.expect("an answer").expect_err("no answer from the broker");
        proxy.set(Mode::Pass);
        let back = Instant::now();
        eventually("publishing again", RECOVERY, async || {
            let publications = publisher.publish(&outgoing(&events)).await;
            publications.iter().all(|one| matches!(one, Publication::Confirmed)).then_some(())
        })
        .await;
        eventually("health", RECOVERY, async || broker.check().await.ok()).await;
        assert!(back.elapsed() < RECOVERY, "{:?}", back.elapsed());
    });
}

#[test]
fn a_broker_that_was_away_is_used_again_within_seconds() {
    run(async {
        let host = Host::new().await;
        let proxy = host.proxy().await;
        let broker = host.broker_by(&proxy);
        let (publisher, source) = (broker.publisher(everything()), broker.source(inbox(4)));
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();
        proxy.set(Mode::Cut);
        // Long enough for the waits between two tries to have grown to their longest.
        let long = Instant::now();
        while long.elapsed() < Duration::from_secs(6) {
            let answer = timeout(ANSWER, source.receive(1)).await.expect("an answer");
            answer.expect_err("there is no broker");
            let publications =
                timeout(ANSWER, publisher.publish(&outgoing(&[login("ada")]))).await.expect("an answer");
            assert!(matches!(publications.as_slice(), [Publication::Failed(_)]));
            timeout(ANSWER, broker.check()).await.expect("an answer").expect_err("there is no broker");
        }
        proxy.set(Mode::Pass);
        let sent = login("grace");
        eventually("publishing again", RECOVERY, async || {
            let publications = publisher.publish(&outgoing(std::slice::from_ref(&sent))).await;
            matches!(publications.as_slice(), [Publication::Confirmed]).then_some(())
        })
        .await;
        let received = eventually("receiving again", RECOVERY, async || source.receive(1).await.ok()).await;
        assert_eq!(received[0].content, Content::Event(sent));
    });
}

#[test]
fn nothing_is_left_of_what_is_dropped() {
    run(async {
        let host = Host::new().await;
        let proxy = host.proxy().await;
        let broker = host.broker_by(&proxy);
        let (publisher, source) = (broker.publisher(everything()), broker.source(inbox(4)));
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();
        relay(&publisher, &[login("ada")]).await;
        source.receive(1).await.unwrap();
        for _ in 0..20 {
            broker.check().await.unwrap();
        }
        assert_eq!(proxy.connections(), 2, "one connection for publishing and one for consuming");
        drop((broker, publisher, source));
        eventually("the end of the connections", RECOVERY, async || (proxy.connections() == 0).then_some(()))
            .await;
    });
}

/// Publishes and consumes while the connections are cut at one byte after another, and compares.
#[test]
fn connections_that_are_cut_anywhere_lose_nothing_and_keep_the_order() {
    run(async {
        let host = Host::new().await;
        let (up, down) = (host.proxy().await, host.proxy().await);
        let (sending, receiving) = (host.broker_by(&up), host.broker_by(&down));
        let publisher = sending.publisher(everything());
        let source = receiving.source(inbox(16));
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();

        let tell = async {
            let mut sent: Vec<Event> = Vec::new();
            for round in 0..14 {
                // A new connection has sent some 600 bytes when it is open, and a batch has some 12,000.
                let bytes = 500 + round * 835;
                let direction = if round % 2 == 0 { Direction::Up } else { Direction::Down };
                up.set(Mode::CutAfter(direction, bytes));
                down.set(Mode::CutAfter(Direction::Down, 1_000 + round * 2_570));
                let batch: Vec<Event> = (0..20).map(|number| login(["ada", "grace"][number % 2])).collect();
                for _ in 0..2 {
                    let publications =
                        timeout(ANSWER, publisher.publish(&outgoing(&batch))).await.expect("an answer");
                    assert_eq!(publications.len(), batch.len());
                }
                up.set(Mode::Pass);
                relay(&publisher, &batch).await;
                down.set(Mode::Pass);
                sent.extend(batch);
            }
            relay(&publisher, &[login("last")]).await;
            sent
        };
        let (sent, arrived) = tokio::join!(tell, apply_until_last(&source));
        assert_eq!(by_subject(&arrived), by_subject(&sent));
        assert_eq!(host.waiting(DEAD).await, 0);
    });
}
