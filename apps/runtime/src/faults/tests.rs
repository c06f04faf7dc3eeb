//! The plans, over the ports in memory.

use super::{
    Planned,
    plan::{Mutant, Plan, PlanError},
};
use hexad::{
    domain::{Area, Event, EventId, EventKind, Timestamp},
    ports::{EventLog, EventSource, Outbox, Outgoing, Publisher, Settlement},
};
use hexad_memory::{Fault, Faults, Faulty, ManualClock, Memory, MemoryBroker, SeededRandom};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const LEASE: Duration = Duration::from_secs(30);

/// A plan that notes where it would have ended the process.
fn plan(points: &str, mutant: &str) -> (Arc<Plan>, Arc<Mutex<Vec<String>>>) {
    let reached = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&reached);
    let end = Box::new(move |at: &str| notes.lock().unwrap().push(at.to_owned()));
    (Arc::new(Plan::parse(points, mutant, end).unwrap()), reached)
}

fn store() -> Arc<Memory> {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    Arc::new(Memory::new(clock, Arc::new(SeededRandom::new(1))))
}

fn event(number: u8) -> Event {
    Event {
        id: EventId::new(Timestamp::UNIX_EPOCH, [number; 10]),
        at: Timestamp::UNIX_EPOCH,
        subject: "test".to_owned(),
        kind: EventKind::TestEvent { msg: number.to_string() },
    }
}

async fn waiting(store: &Memory) -> Vec<Event> {
    let claim = store.claim(Area::Auth, 10, LEASE).await.unwrap();
    store.settle(Area::Auth, &claim, &[]).await.unwrap();
    claim.events.into_iter().map(|outgoing| outgoing.event).collect()
}

#[test]
fn what_is_misspelt_is_no_plan() {
    let parse = |points: &str, mutant: &str| Plan::parse(points, mutant, Box::new(|_| ())).err();
    assert_eq!(parse("", ""), None);
    assert_eq!(parse(" before-mark:17, before-ack:1 ", "mark-before-confirm"), None);
    for points in ["before-mark", "before-mark:0", "before-mark:x", "before-lunch:1"] {
        assert_eq!(parse(points, ""), Some(PlanError::Point(points.to_owned())));
    }
    assert_eq!(parse("", "no-mutant"), Some(PlanError::Mutant("no-mutant".to_owned())));
    let says = parse("x", "").unwrap().to_string();
    assert!(says.contains("x is no point") && says.contains("after-commit"), "{says}");
}

#[test]
fn a_point_is_reached_once_at_its_number_with_the_ids_it_is_about() {
    pollster::block_on(async {
        let (plan, reached) = plan("after-commit:2", "");
        let store = store();
        let log = Planned::new(store.clone(), plan);
        for number in 1..=3 {
            log.append(&[event(number)]).await.unwrap();
        }
        assert_eq!(*reached.lock().unwrap(), [format!("after-commit {}", event(2).id)]);
        assert_eq!(waiting(&store).await.len(), 3);
    });
}

#[test]
fn a_commit_that_failed_is_none() {
    pollster::block_on(async {
        let (plan, reached) = plan("before-commit:1,after-commit:1", "");
        let faults = Faults::default();
        faults.next("append", 1, Fault::BeforeEffect);
        let log = Planned::new(Arc::new(Faulty::new(store(), &faults)), plan);
        log.append(&[event(1)]).await.unwrap_err();
        assert_eq!(*reached.lock().unwrap(), [format!("before-commit {}", event(1).id)]);
    });
}

#[test]
fn an_empty_pass_of_the_relay_comes_by_no_point() {
    pollster::block_on(async {
        let (plan, reached) = plan("before-publish:1,before-mark:1", "");
        let outbox = Planned::new(store(), plan);
        let claim = outbox.claim(Area::Auth, 10, LEASE).await.unwrap();
        outbox.settle(Area::Auth, &claim, &[]).await.unwrap();
        assert!(reached.lock().unwrap().is_empty());

        outbox.inside.append(&[event(1)]).await.unwrap();
        let claim = outbox.claim(Area::Auth, 10, LEASE).await.unwrap();
        assert_eq!(*reached.lock().unwrap(), [format!("before-publish {}", event(1).id)]);
        outbox.settle(Area::Auth, &claim, &[event(1).id]).await.unwrap();
        assert_eq!(reached.lock().unwrap().len(), 2);
    });
}

#[tokio::test]
async fn a_confirm_is_not_looked_at_before_its_point() {
    let (told, mut reached) = tokio::sync::mpsc::unbounded_channel();
    let end = Box::new(move |at: &str| told.send(at.to_owned()).unwrap());
    let plan = Arc::new(Plan::parse("before-confirm:1", "", end).unwrap());
    let faults = Faults::default();
    faults.hold("publish");
    let publisher = Planned::new(Arc::new(Faulty::new(Arc::new(MemoryBroker::new()), &faults)), plan);
    let outgoing = [Outgoing { event: event(1), sequence: 1 }];
    let publishing = tokio::spawn(async move { publisher.publish(&outgoing).await.len() });
    assert_eq!(reached.recv().await.unwrap(), format!("before-confirm {}", event(1).id));
    faults.release();
    assert_eq!(publishing.await.unwrap(), 1);
}

#[test]
fn a_mutant_publishes_what_is_not_stored() {
    pollster::block_on(async {
        let (plan, _) = plan("", "publish-before-commit");
        let broker = MemoryBroker::new();
        let publisher: Arc<dyn Publisher> = Planned::new(Arc::new(broker.clone()), Arc::clone(&plan));
        plan.publish_through(&publisher);
        let faults = Faults::default();
        faults.next("append", 1, Fault::BeforeEffect);
        let store = store();
        let consumer = broker.consumer();
        let log = Planned::new(Arc::new(Faulty::new(store.clone(), &faults)), plan);
        log.append(&[event(1)]).await.unwrap_err();
        assert_eq!(consumer.receive(10).await.unwrap().len(), 1);
        log.append(&[event(2)]).await.unwrap();
        assert_eq!(waiting(&store).await, [], "the outbox is left out");
    });
}

#[test]
fn a_mutant_marks_what_is_not_confirmed() {
    pollster::block_on(async {
        let (plan, _) = plan("", "mark-before-confirm");
        let store = store();
        store.append(&[event(1)]).await.unwrap();
        let outbox = Planned::new(store.clone(), plan);
        let claim = outbox.claim(Area::Auth, 10, LEASE).await.unwrap();
        assert_eq!(claim.events.len(), 1);
        assert_eq!(waiting(&store).await, []);
        outbox.settle(Area::Auth, &claim, &[]).await.unwrap();
        assert_eq!(waiting(&store).await, []);
    });
}

#[test]
fn a_mutant_acknowledges_what_is_not_applied() {
    pollster::block_on(async {
        let (plan, reached) = plan("before-ack:1", "ack-before-effect");
        assert!(plan.is(Mutant::AckBeforeEffect));
        let broker = MemoryBroker::new();
        let consumer = Arc::new(broker.consumer());
        broker.publish(&[Outgoing { event: event(1), sequence: 1 }]).await;
        let source = Planned::new(consumer.clone(), plan);
        let deliveries = source.receive(10).await.unwrap();
        source.settle(&deliveries[0].tag, Settlement::Retry).await.unwrap();
        broker.publish(&[Outgoing { event: event(2), sequence: 2 }]).await;
        let next = consumer.receive(10).await.unwrap();
        assert_ne!(next[0].content, deliveries[0].content, "the first never comes again");
        assert!(reached.lock().unwrap().is_empty());
    });
}

#[test]
fn what_is_applied_comes_by_the_point_before_its_ack() {
    pollster::block_on(async {
        let (plan, reached) = plan("before-ack:1", "");
        let broker = MemoryBroker::new();
        let consumer = Arc::new(broker.consumer());
        broker.publish(&[Outgoing { event: event(1), sequence: 1 }]).await;
        let source = Planned::new(consumer, plan);
        let deliveries = source.receive(10).await.unwrap();
        source.settle(&deliveries[0].tag, Settlement::Retry).await.unwrap();
        assert!(reached.lock().unwrap().is_empty());
        let deliveries = source.receive(10).await.unwrap();
        source.settle(&deliveries[0].tag, Settlement::Done).await.unwrap();
        assert_eq!(*reached.lock().unwrap(), ["before-ack"]);
    });
}
