//! What a token tells, and what is looked up.

use crate::world::{PASSWORD, World, run};
use hexad::{
    Error,
    domain::{Area, Claims, EventKind, User, UserId},
    ports::{Content, Tokens},
};
use hexad_memory::Fault;
use std::time::Duration;

#[test]
fn a_token_gives_its_user_until_it_expires() {
    run(async {
        let world = World::new();
        let ada = world.registered("ada").await;
        let token = world.logged_in("ada").await.token;
        assert_eq!(world.auth().profile(Some(&token)).await.unwrap(), ada);
        // The token is issued within a second; `exp` is a whole one.
        world.clock.advance(Duration::from_secs(3_599));
        assert_eq!(world.auth().profile(Some(&token)).await.unwrap(), ada);
        world.clock.advance(Duration::from_secs(1));
        let expired = world.auth().profile(Some(&token)).await;
        assert!(matches!(expired, Err(Error::TokenExpired)), "{expired:?}");
    });
}

#[test]
fn what_is_no_token_is_told_apart_from_none() {
    run(async {
        let world = World::new();
        let missing = world.auth().profile(None).await;
        assert!(matches!(missing, Err(Error::TokenMissing)), "{missing:?}");
        for token in ["", "x", PASSWORD] {
            let invalid = world.auth().profile(Some(token)).await;
            assert!(matches!(invalid, Err(Error::TokenInvalid)), "{invalid:?}");
        }
    });
}

#[test]
fn the_token_of_a_user_who_is_gone_finds_nobody() {
    run(async {
        let world = World::new();
        let gone = User { id: UserId::from_stored("gone"), ..world.registered("ada").await };
        let claims = Claims::issue(&gone, world.stamp.now(), Duration::from_secs(60), world.stamp.random());
        let token = world.tokens.sign(&claims);
        let answer = world.auth().profile(Some(&token)).await;
        assert!(matches!(answer, Err(Error::UserNotFound)), "{answer:?}");
        world.users_faults.next("load", 1, Fault::BeforeEffect);
        let away = world.auth().profile(Some(&token)).await;
        assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
    });
}

#[test]
fn a_test_event_is_stored_before_it_is_answered() {
    run(async {
        let world = World::new();
        let event = world.auth().send_test_event().await.unwrap();
        assert!(matches!(event.kind, EventKind::TestEvent { .. }));
        assert_eq!(world.told_events(Area::Auth).await, [event]);
        world.log_faults.next("append", 1, Fault::BeforeEffect);
        assert!(matches!(world.auth().send_test_event().await, Err(Error::Unavailable(_))));
    });
}

#[test]
fn the_database_tells_its_time_or_is_away() {
    run(async {
        let world = World::new();
        assert_eq!(world.auth().database_time().await.unwrap(), world.stamp.now());
        world.users_faults.next("check", 1, Fault::BeforeEffect);
        assert!(matches!(world.auth().database_time().await, Err(Error::Unavailable(_))));
    });
}

#[test]
fn a_user_is_looked_up_by_their_exact_name() {
    run(async {
        let world = World::new();
        let ada = world.registered("ada").await;
        let lookup = world.last_connections().lookup;
        assert_eq!(lookup.by_username("ada").await.unwrap(), ada);
        for name in ["Ada", "ada@example.com", "", "%", "ada\0"] {
            let unknown = lookup.by_username(name).await;
            assert!(matches!(unknown, Err(Error::UserNotFound)), "{name:?}: {unknown:?}");
        }
    });
}

#[test]
fn with_a_broker_a_test_event_is_answered_once_that_has_confirmed_it() {
    run(async {
        let world = World::new();
        let auth = world.auth_with_broker();
        let event = auth.send_test_event().await.unwrap();
        assert_eq!(world.broker.unsettled(), [Content::Event(event)]);

        world.publisher_faults.next("publish", 1, Fault::BeforeEffect);
        assert!(matches!(auth.send_test_event().await, Err(Error::Unavailable(_))));
        assert_eq!(world.broker.unsettled().len(), 1);
        // The store has no part in it: a relay would send the event a second time.
        assert_eq!(world.told_events(Area::Auth).await, []);
    });
}
