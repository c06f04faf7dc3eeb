//! When a user last connected.

use crate::world::{World, run};
use hexad::{
    Error,
    domain::{Session, SessionChange, SessionData, SessionId, Timestamp, User},
    ports::{Expected, SessionStore},
};
use hexad_memory::Fault;
use std::time::Duration;

/// A session as an older program may have left it.
async fn left(world: &World, user: &User, created_at: Option<Timestamp>, connected_at: Option<Timestamp>) {
    let session = Session {
        id: SessionId::from_stored("s"),
        user_id: user.id.clone(),
        data: SessionData::default(),
        created_at,
        updated_at: None,
        connected_at,
    };
    let store: &dyn SessionStore = world.memory.as_ref();
    store.save(&user.id, Expected::Absent, &SessionChange::Open(session), None, &[]).await.unwrap();
}

fn ago(world: &World, seconds: u64) -> Option<Timestamp> {
    Some(world.stamp.now().saturating_sub(Duration::from_secs(seconds)))
}

#[test]
fn the_latest_of_both_dates_counts() {
    run(async {
        for (created, connected, phrase) in [
            (Some(86_400), Some(7_200), "2 hours ago"),
            (Some(7_200), Some(86_400), "2 hours ago"),
            (Some(300), None, "5 minutes ago"),
            (None, Some(3), "a few seconds ago"),
        ] {
            let world = World::new();
            let ada = world.registered("ada").await;
            let at = |seconds: Option<u64>| seconds.and_then(|seconds| ago(&world, seconds));
            left(&world, &ada, at(created), at(connected)).await;
            let last = world.last_connections().by_username("ada").await.unwrap();
            assert_eq!((&last.user_id, last.phrase.as_str()), (&ada.id, phrase));
            assert_eq!(Some(last.at), at(created).max(at(connected)));
        }
    });
}

#[test]
fn unknown_users_and_users_who_never_connected_are_told_apart() {
    run(async {
        let world = World::new();
        let ada = world.registered("ada").await;
        world.registered("grace").await;
        left(&world, &ada, None, None).await;
        for name in ["nobody", "", "Ada", "ada\0", "ada@example.com"] {
            let answer = world.last_connections().by_username(name).await;
            assert!(matches!(answer, Err(Error::UserNotFound)), "{name:?}: {answer:?}");
        }
        for name in ["ada", "grace"] {
            let answer = world.last_connections().by_username(name).await;
            assert!(matches!(answer, Err(Error::NoSessions)), "no readable date is no session: {answer:?}");
        }
    });
}

#[test]
fn either_store_may_be_away() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        for faults in [&world.users_faults, &world.sessions_faults] {
            faults.next("load", 1, Fault::BeforeEffect);
            let answer = world.last_connections().by_username("ada").await;
            assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        }
    });
}
