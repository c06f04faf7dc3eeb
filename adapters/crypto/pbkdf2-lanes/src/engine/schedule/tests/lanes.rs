//! Who advances when, beside whom, and with which kernel.

use super::*;

#[test]
fn first_come_first_served() {
    let mut scene = Scene::new(patient());
    let callers: Vec<Caller> = (1..=3).map(|left| scene.enter(left, 1).unwrap()).collect();
    for (number, left) in (1..=3).enumerate() {
        assert_eq!(scene.turn(), Some(("portable", vec![number as u64], left)));
        assert_eq!(callers[number].fate(), derived(left, 1));
    }
    assert_eq!(scene.turn(), None);
}

#[test]
fn a_lane_is_taken_when_it_is_free_and_left_when_it_is_done() {
    let mut scene = Scene::with(patient(), &wide());
    let most = Kernel::available().last().unwrap().lanes() as u64;
    // One more than there are lanes, the second of which is the shortest.
    let callers: Vec<Caller> =
        (0..=most).map(|number| scene.enter(if number == 1 { 3 } else { 7 }, 1).unwrap()).collect();
    if most > 1 {
        let (_, numbers, iterations) = scene.turn().unwrap();
        assert_eq!(numbers, (0..most).collect::<Vec<_>>());
        assert_eq!(iterations, 3);
        assert_eq!(callers[1].fate(), derived(3, 1));
        let (_, numbers, iterations) = scene.turn().unwrap();
        assert_eq!(numbers, (0..=most).filter(|number| *number != 1).collect::<Vec<_>>(), "another joins");
        assert_eq!(iterations, 4);
    }
    scene.run_to_the_end();
    for (number, caller) in callers.iter().enumerate() {
        assert_eq!(caller.fate(), derived(if number == 1 { 3 } else { 7 }, 1));
    }
}

#[test]
fn a_slice_is_short_however_long_a_job_is() {
    let mut scene = Scene::new(patient());
    let _long = scene.enter(1_000_000, 1).unwrap();
    assert_eq!(scene.turn(), Some(("portable", vec![0], 4_096)));
}

#[test]
fn the_blocks_of_a_job_take_a_lane_each() {
    let mut scene = Scene::with(patient(), &wide());
    let caller = scene.enter(5, 4).unwrap();
    scene.run_to_the_end();
    assert_eq!(caller.fate(), derived(5, 4));
}

#[test]
fn jobs_of_one_iteration_come_to_their_turn_too() {
    let mut scene = Scene::new(patient());
    let callers: Vec<Caller> = (0..5).map(|number| scene.enter(number % 2, 1).unwrap()).collect();
    scene.run_to_the_end();
    for (number, caller) in callers.iter().enumerate() {
        assert_eq!(caller.fate(), derived(number as u32 % 2, 1));
    }
}

#[test]
fn threads_share_what_there_is() {
    let numbers = |turn: &Turn| -> Vec<Number> {
        turn.batch.as_ref().unwrap().lanes.iter().map(|lane| lane.number).collect()
    };
    let most = Kernel::available().iter().map(|kernel| kernel.lanes()).max().unwrap();
    for costs in [wide(), vec![(Kernel::PORTABLE, 1.0)]] {
        let mut scene = Scene::with(Limits { threads: 2, ..patient() }, &costs);
        let _callers: Vec<Caller> = (0..4).map(|_| scene.enter(3, 1).unwrap()).collect();
        let (one, two) = (scene.take(), scene.take());
        if costs.len() > 1 && most > 1 {
            assert_eq!((numbers(&one), numbers(&two)), (vec![0, 1], vec![2, 3]));
            assert!(one.more && !two.more, "the second takes the rest");
            assert!(scene.take().is_idle(), "a third finds nothing");
        } else {
            assert_eq!((numbers(&one), numbers(&two)), (vec![0], vec![1]));
            assert!(one.more && two.more, "two wait for a lane");
        }
        scene.slice(one.batch.unwrap(), 3);
        scene.slice(two.batch.unwrap(), 3);
        scene.run_to_the_end();
    }
}

#[test]
fn two_jobs_have_a_thread_each() {
    let mut scene = Scene::with(Limits { threads: 2, ..patient() }, &wide());
    let _callers: Vec<Caller> = (0..2).map(|_| scene.enter(3, 1).unwrap()).collect();
    assert_eq!(scene.take().batch.unwrap().lanes.len(), 1);
    assert_eq!(scene.take().batch.unwrap().lanes.len(), 1);
}

#[test]
fn what_follows_keeps_its_place() {
    let mut scene = Scene::new(patient());
    let request = Request { work: 4, ..Request::default() };
    let first = scene.ask(2, 1, request, Some(task(2, 2))).unwrap();
    let second = scene.enter(1, 1).unwrap();
    scene.turn();
    assert_eq!((first.fate(), second.fate()), (Fate::Waits, Fate::Waits));
    scene.turn();
    scene.turn();
    assert_eq!(first.fate(), derived(2, 2), "the second derivation, before who came later");
    assert_eq!(second.fate(), Fate::Waits);
    scene.run_to_the_end();
    assert_eq!(second.fate(), derived(1, 1));
}
