//! Changes of one session at once: each is made upon the one before it, and none is lost.

use crate::world::{World, at_once, names};
use hexad::{
    Error, Precondition,
    domain::{Area, SessionData},
};
use serde_json::{Map, Value, json};

fn data(value: Value) -> SessionData {
    SessionData::parse(value).unwrap()
}

/// Runs sixteen that have all read the same state before the first of them changes it.
fn sixteen<T: Send>(world: &World, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    world.sessions_faults.hold("save");
    std::thread::scope(|scope| {
        let threads = scope.spawn(|| at_once(16, &run));
        pollster::block_on(world.sessions_faults.until_waiting(16));
        world.sessions_faults.release();
        threads.join().unwrap()
    })
}

#[test]
fn sixteen_merges_are_all_kept() {
    let world = World::new();
    let (ada, token) = pollster::block_on(world.bearer("ada"));
    let sessions = world.sessions();
    pollster::block_on(sessions.open(Some(&token), None)).unwrap();
    let answers = sixteen(&world, |number| {
        let patch = data(json!({ number.to_string(): number }));
        pollster::block_on(sessions.merge(Some(&token), &ada, patch, &Precondition::Exists))
    });
    assert!(answers.iter().all(Result::is_ok));
    let all: Map<String, Value> = (0..16).map(|number| (number.to_string(), json!(number))).collect();
    let own = pollster::block_on(sessions.read(Some(&token), &ada)).unwrap();
    assert_eq!(own.session.data.to_value(), Value::Object(all));
    assert_eq!(pollster::block_on(world.told(Area::Session)).len(), 17, "one event for each change");
}

#[test]
fn of_sixteen_merges_upon_one_revision_one_is_made() {
    let world = World::new();
    let (ada, token) = pollster::block_on(world.bearer("ada"));
    let sessions = world.sessions();
    let revision = pollster::block_on(sessions.open(Some(&token), None)).unwrap().own.revision;
    let precondition = Precondition::At(vec![revision]);
    let answers = sixteen(&world, |number| {
        let patch = data(json!({ "n": number }));
        pollster::block_on(sessions.merge(Some(&token), &ada, patch, &precondition))
    });
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::PreconditionFailed))), "{refused:?}");
}

#[test]
fn sixteen_who_open_at_once_open_one_session() {
    let world = World::new();
    let (_, token) = pollster::block_on(world.bearer("ada"));
    let sessions = world.sessions();
    let opened = sixteen(&world, |_| pollster::block_on(sessions.open(Some(&token), None)).unwrap());
    assert_eq!(opened.iter().filter(|opened| opened.created).count(), 1);
    assert!(opened.iter().all(|other| other.own.session.id == opened[0].own.session.id));
    let told = pollster::block_on(world.told(Area::Session));
    assert_eq!(names(&told)[0], "SessionCreated");
    assert_eq!(names(&told)[1..], ["SessionUpdated"; 15]);
}

#[test]
fn of_sixteen_deletions_one_deletes() {
    let world = World::new();
    let (ada, token) = pollster::block_on(world.bearer("ada"));
    let sessions = world.sessions();
    pollster::block_on(sessions.open(Some(&token), None)).unwrap();
    pollster::block_on(world.told(Area::Session));
    let answers =
        sixteen(&world, |_| pollster::block_on(sessions.delete(Some(&token), &ada, &Precondition::None)));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    // To the others the token is one that the deletion has revoked.
    let revoked = answers.iter().filter(|answer| matches!(answer, Err(Error::TokenInvalid))).count();
    assert_eq!(revoked, 15);
    assert_eq!(names(&pollster::block_on(world.told(Area::Session))), ["SessionDeleted"]);
}
