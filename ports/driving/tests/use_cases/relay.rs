//! Relaying stored events.

use crate::world::{World, run};
use hexad::{
    Pass, Relay,
    domain::{Area, Event, EventId, EventKind},
    ports::{Content, EventLog, Outgoing, Publication, Publisher, Unavailable, async_trait},
};
use hexad_memory::Fault;
use std::{collections::BTreeMap, sync::Arc, sync::Mutex, time::Duration};

async fn stored(world: &World, subjects: &[&str]) -> Vec<Event> {
    let event =
        |subject: &&str| world.stamp.event(subject, EventKind::TestEvent { msg: (*subject).to_owned() });
    let events: Vec<Event> = subjects.iter().map(event).collect();
    world.memory.append(&events).await.unwrap();
    events
}

/// What the broker has, repeats included.
fn arrived(world: &World) -> Vec<EventId> {
    let id = |content| match content {
        Content::Event(event) => event.id,
        other => panic!("{other:?}"),
    };
    world.broker.unsettled().into_iter().map(id).collect()
}

fn ids(events: &[Event]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

#[test]
fn what_is_stored_is_sent_once_and_in_order() {
    run(async {
        let world = World::new();
        let relay = world.relay(Area::Auth);
        assert!(matches!(relay.pass().await, Ok(Pass::Idle)));
        let events = stored(&world, &["ada", "grace", "ada"]).await;
        assert!(matches!(relay.pass().await, Ok(Pass::Sent(3))));
        assert!(matches!(relay.pass().await, Ok(Pass::Idle)));
        assert_eq!(arrived(&world), ids(&events));
    });
}

#[test]
fn a_relay_sends_its_own_area_in_batches() {
    run(async {
        let world = World::new();
        world.registrar().register(&crate::world::form("ada")).await.unwrap();
        let events = stored(&world, &["ada"; 5]).await;
        let relay = Relay { batch: 2, ..world.relay(Area::Auth) };
        for sent in [2, 2, 1] {
            assert!(matches!(relay.pass().await, Ok(Pass::Sent(n)) if n == sent));
        }
        assert!(matches!(relay.pass().await, Ok(Pass::Idle)));
        assert_eq!(arrived(&world), ids(&events));
        assert!(matches!(world.relay(Area::User).pass().await, Ok(Pass::Sent(1))));
    });
}

#[test]
fn while_the_broker_is_away_events_stay_stored() {
    run(async {
        let world = World::new();
        let events = stored(&world, &["ada", "grace"]).await;
        let relay = world.relay(Area::Auth);
        world.publisher_faults.every_call(Fault::BeforeEffect);
        for _ in 0..3 {
            assert!(matches!(relay.pass().await, Ok(Pass::Held(0, _))));
        }
        world.publisher_faults.recover();
        assert!(matches!(relay.pass().await, Ok(Pass::Sent(2))));
        assert_eq!(arrived(&world), ids(&events));
    });
}

/// Answers as told, in turn, and remembers what it confirmed.
struct Picky {
    refuses: Vec<EventId>,
    answers: usize,
    confirmed: Mutex<Vec<(String, EventId)>>,
}

#[async_trait]
impl Publisher for Picky {
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
        let answer = |outgoing: &Outgoing| {
            if self.refuses.contains(&outgoing.event.id) {
                return Publication::Failed(Unavailable::new("the broker", "no queue took it"));
            }
            self.confirmed.lock().unwrap().push((outgoing.event.subject.clone(), outgoing.event.id));
            Publication::Confirmed
        };
        events.iter().take(self.answers).map(answer).collect()
    }
}

#[test]
fn what_follows_a_failed_event_of_its_subject_is_sent_again_after_it() {
    run(async {
        let world = World::new();
        let events = stored(&world, &["ada", "grace", "ada", "ada", "grace"]).await;
        let picky =
            Arc::new(Picky { refuses: vec![events[2].id], answers: usize::MAX, confirmed: Mutex::default() });
        let relay = Relay { publisher: picky, ..world.relay(Area::Auth) };
        assert!(matches!(relay.pass().await, Ok(Pass::Held(3, _))));
        assert!(matches!(world.relay(Area::Auth).pass().await, Ok(Pass::Sent(2))));
        assert_eq!(arrived(&world), [events[2].id, events[3].id], "ada's second, and her third after it");
    });
}

#[test]
fn an_event_without_an_answer_is_sent_again() {
    run(async {
        let world = World::new();
        let events = stored(&world, &["ada", "grace", "barbara"]).await;
        let silent = Arc::new(Picky { refuses: vec![], answers: 1, confirmed: Mutex::default() });
        let relay = Relay { publisher: silent, ..world.relay(Area::Auth) };
        assert!(matches!(relay.pass().await, Ok(Pass::Held(1, _))));
        assert!(matches!(world.relay(Area::Auth).pass().await, Ok(Pass::Sent(2))));
        assert_eq!(arrived(&world), ids(&events[1..]));
    });
}

/// Whatever breaks at whatever step, every event arrives, and for each subject the first arrivals are in order.
#[test]
fn no_failure_at_any_step_loses_an_event() {
    run(async {
        for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
            for broken in ["claim", "publish", "settle"] {
                let world = World::new();
                let events = stored(&world, &["ada", "grace", "ada", "ada", "grace"]).await;
                let relay = Relay { batch: 2, ..world.relay(Area::Auth) };
                let faults = if broken == "publish" { &world.publisher_faults } else { &world.outbox_faults };
                for pass in 0..20 {
                    if pass % 2 == 0 {
                        faults.next(broken, 1, fault);
                    }
                    let _ = relay.pass().await;
                    // What a lost claim holds is given back when its lease ends.
                    world.clock.advance(relay.lease);
                }
                faults.recover();
                while !matches!(relay.pass().await, Ok(Pass::Idle)) {}
                assert_eq!(first_arrivals(&world), of_each(&events), "{broken} {fault:?}");
            }
        }
    });
}

#[test]
fn a_relay_that_dies_is_followed_by_another() {
    run(async {
        for (outbox_hangs, hanging) in [(false, "publish"), (true, "settle")] {
            let world = World::new();
            let events = stored(&world, &["ada", "grace", "ada"]).await;
            let faults = if outbox_hangs { &world.outbox_faults } else { &world.publisher_faults };
            faults.hold(hanging);
            let dead = world.relay(Area::Auth);
            {
                let mut pass = Box::pin(dead.pass());
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(pass.as_mut().poll(&mut context).is_pending());
            }
            faults.release();
            let next = world.relay(Area::Auth);
            assert!(matches!(next.pass().await, Ok(Pass::Idle)), "the dead one's lease still runs");
            world.clock.advance(dead.lease + Duration::from_secs(1));
            assert!(matches!(next.pass().await, Ok(Pass::Sent(3))));
            assert_eq!(first_arrivals(&world), of_each(&events));
        }
    });
}

#[test]
fn a_relay_whose_lease_has_passed_on_marks_nothing() {
    let world = World::new();
    let events = pollster::block_on(stored(&world, &["ada", "ada"]));
    world.outbox_faults.hold("settle");
    let (slow, quick) = (world.relay(Area::Auth), world.relay(Area::Auth));
    std::thread::scope(|scope| {
        let late = scope.spawn(|| pollster::block_on(slow.pass()));
        pollster::block_on(world.outbox_faults.until_waiting(1));
        world.clock.advance(slow.lease + Duration::from_secs(1));
        // Another has them now, and its broker takes none.
        world.publisher_faults.next("publish", 1, Fault::BeforeEffect);
        let held = scope.spawn(|| pollster::block_on(quick.pass()));
        pollster::block_on(world.outbox_faults.until_waiting(2));
        world.outbox_faults.release();
        late.join().unwrap().unwrap();
        assert!(matches!(held.join().unwrap(), Ok(Pass::Held(0, _))));
    });
    // To send them again is safe; not to know that they were sent is not.
    pollster::block_on(async { while !matches!(quick.pass().await, Ok(Pass::Idle)) {} });
    assert_eq!(first_arrivals(&world), of_each(&events));
}

#[test]
fn a_waiting_relay_hears_of_a_login() {
    let world = World::new();
    pollster::block_on(world.registered("ada"));
    let relay = world.relay(Area::Auth);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            pollster::block_on(async {
                relay.wait().await;
                relay.pass().await.unwrap()
            })
        });
        let password = hexad::domain::Password::presented(crate::world::PASSWORD);
        pollster::block_on(world.auth().login("ada", &password)).unwrap();
        assert!(matches!(waiting.join().unwrap(), Pass::Sent(1)));
    });
}

fn first_arrivals(world: &World) -> BTreeMap<String, Vec<EventId>> {
    let mut arrivals: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
    for content in world.broker.unsettled() {
        let Content::Event(event) = content else { panic!("{content:?}") };
        let of_subject = arrivals.entry(event.subject).or_default();
        if !of_subject.contains(&event.id) {
            of_subject.push(event.id);
        }
    }
    arrivals
}

fn of_each(events: &[Event]) -> BTreeMap<String, Vec<EventId>> {
    let mut subjects: BTreeMap<String, Vec<EventId>> = BTreeMap::new();
    for event in events {
        subjects.entry(event.subject.clone()).or_default().push(event.id);
    }
    subjects
}
