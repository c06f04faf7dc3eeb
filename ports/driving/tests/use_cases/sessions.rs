//! What a token can do with its user's session.

use crate::world::{PASSWORD, World, names, run};
use hexad::{
    Error, Precondition,
    domain::{Area, Claims, DataError, EventKind, Password, SessionData, SessionId, UserId},
    ports::{Revision, Tokens},
};
use hexad_memory::Fault;
use serde_json::{Value, json};
use std::time::Duration;

fn data(value: Value) -> SessionData {
    SessionData::parse(value).unwrap()
}

#[test]
fn opening_makes_a_session_and_then_touches_it() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let sessions = world.sessions();
        let first = sessions.open(Some(&token), Some(data(json!({"a": 1})))).await.unwrap();
        assert!(first.created);
        let opened = world.stamp.now();
        let session = &first.own.session;
        assert_eq!((&session.user_id, session.data.to_value()), (&ada, json!({"a": 1})));
        let times = [session.created_at, session.updated_at, session.connected_at];
        assert_eq!(times, [Some(opened); 3]);

        world.clock.advance(Duration::from_secs(60));
        let kept = sessions.open(Some(&token), None).await.unwrap();
        assert!(!kept.created);
        assert_eq!((&kept.own.session.id, &kept.own.session.data), (&session.id, &session.data));
        assert_eq!(kept.own.session.created_at, Some(opened));
        assert_eq!(kept.own.session.connected_at, Some(world.stamp.now()));
        assert_ne!(kept.own.revision, first.own.revision);

        let replaced = sessions.open(Some(&token), Some(data(json!({"b": 2})))).await.unwrap();
        assert_eq!(replaced.own.session.data.to_value(), json!({"b": 2}));
        let told = world.told(Area::Session).await;
        assert_eq!(names(&told), ["SessionCreated", "SessionUpdated", "SessionUpdated"]);
        let EventKind::SessionCreated { session_id, user_id, username } = &told[0] else {
            panic!("{told:?}")
        };
        assert_eq!((session_id, user_id, username.as_str()), (&session.id, &ada, "ada"));
    });
}

#[test]
fn a_session_is_read_merged_and_deleted() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let sessions = world.sessions();
        let opened =
            sessions.open(Some(&token), Some(data(json!({"text": "a", "n": {"x": 1}})))).await.unwrap();
        assert_eq!(sessions.read(Some(&token), &ada).await.unwrap(), opened.own);

        world.clock.advance(Duration::from_secs(5));
        let patch = data(json!({"text": "b", "n": {"x": null, "y": 2}}));
        let merged = sessions.merge(Some(&token), &ada, patch, &Precondition::None).await.unwrap();
        assert_eq!(merged.session.data.to_value(), json!({"text": "b", "n": {"y": 2}}));
        assert_eq!(merged.session.updated_at, Some(world.stamp.now()));
        assert_eq!(merged.session.connected_at, opened.own.session.connected_at, "a change is no connection");
        assert_eq!(sessions.read(Some(&token), &ada).await.unwrap(), merged);

        sessions.delete(Some(&token), &ada, &Precondition::None).await.unwrap();
        let told = names(&world.told(Area::Session).await);
        assert_eq!(told, ["SessionCreated", "SessionUpdated", "SessionDeleted"]);
        assert_eq!(world.record(&ada).await.session, None);
    });
}

#[test]
fn where_nothing_is_open_nothing_is_found() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let (token, sessions) = (Some(token.as_str()), world.sessions());
        let exists = Precondition::Exists;
        let at = Precondition::At(vec![Revision::new("1")]);
        for precondition in [&Precondition::None, &exists, &at] {
            let answers = [
                sessions.read(token, &ada).await.map(drop),
                sessions.merge(token, &ada, data(json!({})), precondition).await.map(drop),
                sessions.delete(token, &ada, precondition).await,
                sessions.last_connection(token, None).await.map(drop),
            ];
            for answer in answers {
                assert!(matches!(answer, Err(Error::SessionNotFound)), "{answer:?}");
            }
        }
        assert_eq!(sessions.verify(token).await.unwrap().user_id, ada, "a token is good without a session");
        assert_eq!(world.told(Area::Session).await, []);
    });
}

/// Every route's answer to a token.
async fn every_route(world: &World, token: Option<&str>, owner: &UserId) -> Vec<Result<(), Error>> {
    let sessions = world.sessions();
    let none = &Precondition::None;
    vec![
        sessions.open(token, None).await.map(drop),
        sessions.read(token, owner).await.map(drop),
        sessions.merge(token, owner, data(json!({})), none).await.map(drop),
        sessions.delete(token, owner, none).await,
        sessions.verify(token).await.map(drop),
        sessions.last_connection(token, None).await.map(drop),
    ]
}

#[test]
fn without_a_good_token_no_route_does_anything() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        world.sessions().open(Some(&token), None).await.unwrap();
        world.told(Area::Session).await;
        let before = world.record(&ada).await;
        for answer in every_route(&world, None, &ada).await {
            assert!(matches!(answer, Err(Error::TokenMissing)), "{answer:?}");
        }
        for answer in every_route(&world, Some("x"), &ada).await {
            assert!(matches!(answer, Err(Error::TokenInvalid)), "{answer:?}");
        }
        world.clock.advance(Duration::from_secs(3_600));
        for answer in every_route(&world, Some(&token), &ada).await {
            assert!(matches!(answer, Err(Error::TokenExpired)), "{answer:?}");
        }
        assert_eq!((world.record(&ada).await, world.told(Area::Session).await), (before, vec![]));
    });
}

#[test]
fn a_token_reaches_its_own_users_session_alone() {
    run(async {
        let world = World::new();
        let (ada, adas) = world.bearer("ada").await;
        let (_, eves) = world.bearer("eve").await;
        let sessions = world.sessions();
        sessions.open(Some(&adas), Some(data(json!({"secret": 1})))).await.unwrap();
        let before = world.record(&ada).await;
        let eve = Some(eves.as_str());
        for owner in [ada.clone(), UserId::from_stored("nobody"), UserId::from_stored("")] {
            for answer in [
                sessions.read(eve, &owner).await.map(drop),
                sessions
                    .merge(eve, &owner, data(json!({"secret": null})), &Precondition::None)
                    .await
                    .map(drop),
                sessions.delete(eve, &owner, &Precondition::Exists).await,
            ] {
                assert!(
                    matches!(answer, Err(Error::Forbidden)),
                    "whether it is there is not told: {answer:?}"
                );
            }
        }
        let answer = sessions.last_connection(eve, Some("ada")).await;
        assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
        assert_eq!(world.record(&ada).await, before);
    });
}

#[test]
fn a_deletion_revokes_the_tokens_of_before_and_no_later_ones() {
    run(async {
        let world = World::new();
        let (ada, early) = world.bearer("ada").await;
        world.sessions().open(Some(&early), None).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
        let at_once = world.logged_in("ada").await.token;
        world.sessions().delete(Some(&early), &ada, &Precondition::None).await.unwrap();
        for token in [&early, &at_once] {
            for answer in every_route(&world, Some(token), &ada).await {
                assert!(matches!(answer, Err(Error::TokenInvalid)), "{answer:?}");
            }
        }
        assert!(world.auth().profile(Some(&early)).await.is_ok(), "auth is not affected");
        // To the millisecond.
        world.clock.advance(Duration::from_millis(1));
        let later = world.logged_in("ada").await.token;
        assert!(world.sessions().open(Some(&later), None).await.unwrap().created);
        // A new session does not bring the old tokens back.
        let answer = world.sessions().verify(Some(&early)).await;
        assert!(matches!(answer, Err(Error::TokenInvalid)), "{answer:?}");
    });
}

#[test]
fn a_token_of_an_older_program_is_weighed_by_its_expiry() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let older = |expires_at| {
            let claims =
                Claims { expires_at, issued_at: None, id: None, ..world.tokens.read(&token).unwrap() };
            world.tokens.sign(&claims)
        };
        let now = world.stamp.now().unix_seconds();
        world.sessions().open(Some(&token), None).await.unwrap();
        world.sessions().delete(Some(&token), &ada, &Precondition::None).await.unwrap();
        let before = world.sessions().verify(Some(&older(now + 3_600))).await;
        assert!(matches!(before, Err(Error::TokenInvalid)), "issued an hour before it expires: {before:?}");
        assert!(world.sessions().verify(Some(&older(now + 3_601))).await.is_ok());
    });
}

#[test]
fn a_change_with_a_precondition_is_made_upon_what_was_read() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let (token, sessions) = (Some(token.as_str()), world.sessions());
        let first = sessions.open(token, None).await.unwrap().own.revision;
        let at = |revisions: &[&Revision]| Precondition::At(revisions.iter().copied().cloned().collect());
        let other = Revision::new("other");
        let second = sessions
            .merge(token, &ada, data(json!({"n": 2})), &at(&[&other, &first]))
            .await
            .unwrap()
            .revision;
        for stale in [at(&[&first]), at(&[&other, &first]), at(&[])] {
            for answer in [
                sessions.merge(token, &ada, data(json!({"n": 3})), &stale).await.map(drop),
                sessions.delete(token, &ada, &stale).await,
            ] {
                assert!(matches!(answer, Err(Error::PreconditionFailed)), "{answer:?}");
            }
        }
        let read = sessions.read(token, &ada).await.unwrap();
        assert_eq!((read.session.data.to_value(), &read.revision), (json!({"n": 2}), &second));
        sessions.delete(token, &ada, &at(&[&second])).await.unwrap();
    });
}

#[test]
fn a_merge_that_breaks_the_bounds_changes_nothing() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let sessions = world.sessions();
        let half = "x".repeat(SessionData::MAX_BYTES / 2);
        let own = sessions.open(Some(&token), Some(data(json!({ "a": half })))).await.unwrap().own;
        let answer =
            sessions.merge(Some(&token), &ada, data(json!({ "b": half })), &Precondition::None).await;
        assert!(matches!(answer, Err(Error::Data(DataError::TooLarge))), "{answer:?}");
        assert_eq!(sessions.read(Some(&token), &ada).await.unwrap(), own);
    });
}

#[test]
fn a_store_that_is_away_is_said_to_be_and_a_lost_answer_is_no_second_change() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        world.sessions_faults.every_call(Fault::BeforeEffect);
        for answer in every_route(&world, Some(&token), &ada).await {
            assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        }
        world.sessions_faults.recover();
        world.sessions_faults.next("save", 1, Fault::AfterEffect);
        let lost = world.sessions().open(Some(&token), None).await;
        assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
        assert_eq!(names(&world.told(Area::Session).await), ["SessionCreated"]);
        assert!(!world.sessions().open(Some(&token), None).await.unwrap().created);
    });
}

#[test]
fn the_last_connection_is_the_callers_own() {
    run(async {
        let world = World::new();
        let (ada, token) = world.bearer("ada").await;
        let (token, sessions) = (Some(token.as_str()), world.sessions());
        let opened = sessions.open(token, None).await.unwrap().own.session;
        world.clock.advance(Duration::from_secs(180));
        for username in [None, Some("ada")] {
            let last = sessions.last_connection(token, username).await.unwrap();
            assert_eq!((&last.user_id, Some(last.at)), (&ada, opened.connected_at));
            assert_eq!(last.phrase, "3 minutes ago");
        }
        for username in ["Ada", "", "eve"] {
            let answer = sessions.last_connection(token, Some(username)).await;
            assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
        }
    });
}

#[test]
fn each_session_has_an_id_of_its_own() {
    run(async {
        let world = World::new();
        let (ada, mut token) = world.bearer("ada").await;
        let mut ids: Vec<SessionId> = Vec::new();
        for _ in 0..3 {
            let id = world.sessions().open(Some(&token), None).await.unwrap().own.session.id;
            assert!(!ids.contains(&id), "{id} again");
            ids.push(id);
            world.sessions().delete(Some(&token), &ada, &Precondition::None).await.unwrap();
            world.clock.advance(Duration::from_millis(1));
            token = world.auth().login("ada", &Password::presented(PASSWORD)).await.unwrap().token;
        }
    });
}
