//! Applying what other services tell.

use crate::world::{World, names, run};
use hexad::{
    Error, Precondition,
    domain::{Area, Email, Event, EventKind, SessionChange, SessionRecord, Timestamp, UserId, Username},
    ports::{Content, Expected, Outgoing, Publisher, SaveSession, SessionStore},
};
use hexad_memory::Fault;
use std::time::Duration;

fn ada() -> UserId {
    UserId::from_stored("ada's id")
}

fn name() -> Username {
    Username::from_stored("ada")
}

fn later(world: &World, millis: u64) -> Timestamp {
    world.stamp.now().saturating_add(Duration::from_millis(millis))
}

fn login_of(world: &World, user_id: UserId, at: Timestamp) -> Event {
    let kind = EventKind::UserLoggedIn { user_id, username: name(), email: Email::from_stored("x") };
    world.stamp.event_at(at, "ada", kind)
}

fn login(world: &World, millis: u64) -> Event {
    login_of(world, ada(), later(world, millis))
}

fn changed(world: &World, millis: u64) -> Event {
    let kind = EventKind::PasswordChanged { user_id: ada(), username: name() };
    world.stamp.event_at(later(world, millis), "ada", kind)
}

async fn tell(world: &World, events: &[&Event]) {
    let outgoing: Vec<Outgoing> =
        events.iter().map(|event| Outgoing { event: (*event).clone(), sequence: 1 }).collect();
    world.broker.publish(&outgoing).await;
}

fn connected(record: &SessionRecord) -> Option<Timestamp> {
    record.session.as_ref().and_then(|session| session.connected_at)
}

#[test]
fn a_login_opens_the_session_and_a_later_one_touches_it() {
    run(async {
        let world = World::new();
        tell(&world, &[&login(&world, 5), &login(&world, 9)]).await;
        assert_eq!(world.consumer().step(10).await.unwrap(), 2);
        let record = world.record(&ada()).await;
        let session = record.session.unwrap();
        assert_eq!(
            (session.created_at, session.connected_at),
            (Some(later(&world, 5)), Some(later(&world, 9)))
        );
        // A touch tells nothing.
        let events = world.told_events(Area::Session).await;
        assert_eq!(events.iter().map(|event| event.kind.name()).collect::<Vec<_>>(), ["SessionCreated"]);
        assert_eq!(events[0].subject, "ada");
        assert!(world.broker.unsettled().is_empty());
    });
}

#[test]
fn each_event_is_applied_once_however_often_it_comes() {
    run(async {
        let world = World::new();
        let opens = login(&world, 0);
        for _ in 0..3 {
            tell(&world, &[&opens, &opens]).await;
            world.consumer().step(10).await.unwrap();
        }
        assert_eq!(names(&world.told(Area::Session).await), ["SessionCreated"]);
        let revokes = changed(&world, 10);
        tell(&world, &[&revokes, &login(&world, 20), &revokes, &opens]).await;
        assert_eq!(world.consumer().step(10).await.unwrap(), 4);
        assert_eq!(connected(&world.record(&ada()).await), Some(later(&world, 20)), "the new session stays");
        assert_eq!(names(&world.told(Area::Session).await), ["SessionDeleted", "SessionCreated"]);
    });
}

/// A store that keeps times to the millisecond alone would else end the session of a later login.
#[test]
fn the_store_learns_which_event_it_applies() {
    run(async {
        let world = World::new();
        let (opens, revokes) = (login(&world, 0), changed(&world, 5));
        tell(&world, &[&opens, &revokes]).await;
        world.consumer().step(10).await.unwrap();
        let store: &dyn SessionStore = world.memory.as_ref();
        for event in [&opens, &revokes] {
            let change = SessionChange::End { revoked_through: event.at };
            let answer = store.save(&ada(), Expected::Absent, &change, Some(event.id), &[]).await.unwrap();
            assert_eq!(answer, SaveSession::AlreadyApplied);
        }
    });
}

#[test]
fn a_login_of_before_a_deletion_opens_nothing() {
    run(async {
        let world = World::new();
        let (id, token) = world.bearer("ada").await;
        world.sessions().open(Some(&token), None).await.unwrap();
        let late = login_of(&world, id.clone(), world.stamp.now());
        world.clock.advance(Duration::from_secs(1));
        world.sessions().delete(Some(&token), &id, &Precondition::None).await.unwrap();
        tell(&world, &[&late]).await;
        assert_eq!(world.consumer().step(10).await.unwrap(), 1);
        assert_eq!(world.record(&id).await.session, None);
    });
}

#[test]
fn a_change_of_the_user_ends_the_session_and_its_tokens() {
    run(async {
        type Ends = fn(UserId, Username) -> EventKind;
        let kinds: [Ends; 3] = [
            |user_id, username| EventKind::PasswordChanged { user_id, username },
            |user_id, username| EventKind::UserDisabled { user_id, username },
            |user_id, username| EventKind::UserDeleted { user_id, username },
        ];
        for kind in kinds {
            let world = World::new();
            let (id, token) = world.bearer("ada").await;
            world.sessions().open(Some(&token), None).await.unwrap();
            world.told(Area::Session).await;
            let ends = world.stamp.event_at(later(&world, 1), "ada", kind(id.clone(), name()));
            tell(&world, &[&ends]).await;
            world.consumer().step(1).await.unwrap();
            let answer = world.sessions().verify(Some(&token)).await;
            assert!(matches!(answer, Err(Error::TokenInvalid)), "{answer:?}");
            assert_eq!(world.record(&id).await.session, None);
            assert_eq!(names(&world.told(Area::Session).await), ["SessionDeleted"]);
        }
    });
}

#[test]
fn a_revocation_counts_without_a_session_too() {
    run(async {
        let world = World::new();
        tell(&world, &[&changed(&world, 10), &login(&world, 10)]).await;
        assert_eq!(world.consumer().step(10).await.unwrap(), 2);
        let record = world.record(&ada()).await;
        assert_eq!((record.session.is_none(), record.revoked_through), (true, Some(later(&world, 10))));
        assert_eq!(world.told(Area::Session).await, []);
    });
}

#[test]
fn events_of_no_concern_are_settled_and_change_nothing() {
    run(async {
        let world = World::new();
        let user = world.registered("grace").await;
        let grace = user.id.clone();
        for kind in [
            EventKind::registered(&user),
            EventKind::UserEnabled { user_id: grace.clone(), username: user.username.clone() },
            EventKind::UserLoginFailed { username: "grace".to_owned(), reason: "x".to_owned() },
            EventKind::TestEvent { msg: "x".to_owned() },
        ] {
            tell(&world, &[&world.stamp.event("grace", kind)]).await;
        }
        world.broker.deliver(Content::Foreign { name: "CartEmptied".to_owned() });
        assert_eq!(world.consumer().step(10).await.unwrap(), 5);
        assert_eq!(world.record(&grace).await, SessionRecord::default());
        assert!(world.broker.unsettled().is_empty() && world.broker.dead_letters().is_empty());
    });
}

#[test]
fn what_can_never_be_applied_is_kept_aside_and_holds_up_nobody() {
    run(async {
        let world = World::new();
        world.broker.deliver(Content::Malformed { why: "not JSON".to_owned() });
        let odd =
            ["\0", &"x".repeat(256)].map(|id| login_of(&world, UserId::from_stored(id), later(&world, 0)));
        tell(&world, &odd.iter().collect::<Vec<_>>()).await;
        tell(&world, &[&login(&world, 1)]).await;
        assert_eq!(world.consumer().step(10).await.unwrap(), 4);
        let dead = world.broker.dead_letters();
        assert_eq!(dead.len(), 3);
        assert_eq!(dead[0].why, "not JSON");
        assert!(connected(&world.record(&ada()).await).is_some());
    });
}

#[test]
fn a_user_whom_another_program_stored_with_an_empty_id_has_a_session_too() {
    run(async {
        let world = World::new();
        let nobody = UserId::from_stored("");
        tell(&world, &[&login_of(&world, nobody.clone(), later(&world, 0))]).await;
        assert_eq!(world.consumer().step(10).await.unwrap(), 1);
        assert!(connected(&world.record(&nobody).await).is_some());
    });
}

#[test]
fn while_the_store_is_away_every_event_waits() {
    run(async {
        for method in ["load", "save"] {
            let world = World::new();
            tell(&world, &[&login(&world, 0), &changed(&world, 5), &login(&world, 9)]).await;
            let consumer = world.consumer();
            world.sessions_faults.every(method, Fault::BeforeEffect);
            for _ in 0..5 {
                let away = consumer.step(10).await;
                assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
            }
            assert_eq!(world.broker.unsettled().len(), 3);
            assert!(world.broker.dead_letters().is_empty(), "an outage is no fault of the message");
            world.sessions_faults.recover();
            assert_eq!(consumer.step(10).await.unwrap(), 3);
            // In their order: else the last login would have been the first.
            let told = names(&world.told(Area::Session).await);
            assert_eq!(told, ["SessionCreated", "SessionDeleted", "SessionCreated"]);
        }
    });
}

/// A store may fail for one user alone: the record of theirs cannot be read, or is refused.
#[test]
fn a_user_whose_events_cannot_be_applied_holds_up_nobody_else() {
    run(async {
        for method in ["load", "save"] {
            let world = World::new();
            let grace = UserId::from_stored("grace's id");
            let other =
                Event { subject: "grace".to_owned(), ..login_of(&world, grace.clone(), later(&world, 3)) };
            tell(&world, &[&login(&world, 0), &other, &changed(&world, 5), &login(&world, 9)]).await;
            world.broker.deliver(Content::Foreign { name: "CartEmptied".to_owned() });
            let consumer = world.consumer();
            world.sessions_faults.next(method, 1, Fault::BeforeEffect);
            let failed = consumer.step(10).await;
            assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
            assert!(connected(&world.record(&grace).await).is_some());
            assert_eq!(
                world.record(&ada()).await,
                SessionRecord::default(),
                "all of hers wait, in their order"
            );
            assert_eq!(world.broker.unsettled().len(), 3);
            assert_eq!(consumer.step(10).await.unwrap(), 3);
            let told = names(&world.told(Area::Session).await);
            assert_eq!(told, ["SessionCreated", "SessionCreated", "SessionDeleted", "SessionCreated"]);
        }
    });
}

/// Each user would be tried in vain, and each take its time.
#[test]
fn a_store_that_fails_slowly_is_away_for_all() {
    run(async {
        let world = World::new();
        let grace = UserId::from_stored("grace's id");
        tell(&world, &[&login(&world, 0), &login_of(&world, grace.clone(), later(&world, 3))]).await;
        let consumer = world.consumer();
        world.sessions_faults.next("load", 1, Fault::BeforeEffect);
        world.sessions_faults.hold("load");
        let mut step = Box::pin(consumer.step(10));
        {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(step.as_mut().poll(&mut context).is_pending());
        }
        world.clock.advance(Duration::from_secs(4));
        world.sessions_faults.release();
        let failed = step.await;
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
        assert_eq!(world.record(&grace).await, SessionRecord::default(), "nobody else was tried");
        assert_eq!(consumer.step(10).await.unwrap(), 2);
    });
}

#[test]
fn a_failure_in_the_middle_keeps_the_order() {
    run(async {
        let world = World::new();
        tell(&world, &[&login(&world, 0), &changed(&world, 5), &login(&world, 9)]).await;
        let consumer = world.consumer();
        consumer.step(1).await.unwrap();
        world.sessions_faults.next("save", 1, Fault::BeforeEffect);
        assert!(consumer.step(10).await.is_err());
        assert_eq!(world.broker.unsettled().len(), 2);
        assert_eq!(consumer.step(10).await.unwrap(), 2);
        assert_eq!(connected(&world.record(&ada()).await), Some(later(&world, 9)));
    });
}

#[test]
fn a_change_whose_answer_is_lost_is_not_made_again() {
    run(async {
        let world = World::new();
        tell(&world, &[&login(&world, 0)]).await;
        let consumer = world.consumer();
        world.sessions_faults.next("save", 1, Fault::AfterEffect);
        assert!(consumer.step(1).await.is_err());
        assert_eq!(consumer.step(1).await.unwrap(), 1);
        assert_eq!(names(&world.told(Area::Session).await), ["SessionCreated"]);
    });
}

#[test]
fn a_settlement_that_fails_leaves_no_event_behind() {
    run(async {
        for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
            let world = World::new();
            tell(&world, &[&login(&world, 0), &changed(&world, 5), &login(&world, 9)]).await;
            let consumer = world.consumer();
            world.source_faults.next("settle", 1, fault);
            let away = consumer.step(10).await;
            assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
            // The same consumer gets them again, without a restart.
            while !world.broker.unsettled().is_empty() {
                consumer.step(10).await.unwrap();
            }
            let told = names(&world.told(Area::Session).await);
            assert_eq!(told, ["SessionCreated", "SessionDeleted", "SessionCreated"]);
        }
    });
}

#[test]
fn a_consumer_that_is_stopped_leaves_its_events_to_the_next() {
    run(async {
        let world = World::new();
        tell(&world, &[&login(&world, 0), &login(&world, 1)]).await;
        world.sessions_faults.hold("save");
        {
            let consumer = world.consumer();
            let mut step = Box::pin(consumer.step(10));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(step.as_mut().poll(&mut context).is_pending(), "it is stopped in the middle of its work");
        }
        world.sessions_faults.release();
        assert_eq!(world.consumer().step(10).await.unwrap(), 2);
        assert_eq!(connected(&world.record(&ada()).await), Some(later(&world, 1)));
    });
}
