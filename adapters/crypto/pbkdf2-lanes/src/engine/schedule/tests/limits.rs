//! Who is let in, who is refused, and what they are told.

use super::*;

#[test]
fn a_free_lane_means_no_wait() {
    let mut scene = Scene::new(Limits { threads: 2, ..limits() });
    let _one = scene.enter(1_000_000, 1).unwrap();
    assert_eq!(scene.schedule.busy_for(), Duration::ZERO);
    scene.enter(1_000_000, 1).unwrap();
}

#[test]
fn lanes_are_reckoned_with() {
    let widest = Kernel::available().into_iter().max_by_key(|kernel| kernel.lanes()).unwrap();
    let mut scene = Scene::with(Limits { threads: 2, ..patient() }, &[(widest, 1.0)]);
    let most = 2 * widest.lanes();
    for _ in 0..most {
        assert_eq!(scene.schedule.busy_for(), Duration::ZERO, "a lane is free");
        drop(scene.enter(10, 1).unwrap());
    }
    assert_eq!(scene.schedule.busy_for().as_secs(), 10, "every lane has ten iterations");
    for _ in 0..most {
        drop(scene.enter(10, 1).unwrap());
    }
    assert_eq!(scene.schedule.busy_for().as_secs(), 20);
    scene.run_to_the_end();
}

#[test]
fn the_expected_wait_decides() {
    let mut scene = Scene::new(Limits { threads: 2, ..limits() });
    let _first = scene.enter(5, 1).unwrap();
    let _second = scene.enter(5, 1).unwrap();
    let third = scene.enter(1, 1).expect("ten iterations on two threads are five seconds");
    assert_eq!(reason(scene.enter(1, 1)), (Reason::TooLong, 5), "five and a half");
    third.goes();
    assert_eq!(scene.schedule.forget_abandoned().len(), 1);
    let _fourth = scene.enter(1, 1).expect("room again");
    scene.run_to_the_end();
}

#[test]
fn the_expected_wait_shrinks_with_every_slice() {
    let mut scene = Scene::new(limits());
    let _long = scene.enter(8_192, 1).unwrap();
    assert_eq!(reason(scene.enter(1, 1)), (Reason::TooLong, 8_192));
    scene.turn();
    assert_eq!(reason(scene.enter(1, 1)), (Reason::TooLong, 4_096));
    scene.turn();
    scene.enter(1, 1).unwrap();
}

#[test]
fn the_expected_wait_follows_the_speed_that_is_measured() {
    let mut scene = Scene::new(limits());
    let _long = scene.enter(10_000, 1).unwrap();
    let batch = scene.take().batch.unwrap();
    // At 409.6 in a second, and not one.
    scene.slice(batch, 10);
    let (reason, seconds) = reason(scene.enter(1, 1));
    assert_eq!(reason, Reason::TooLong);
    assert!((13..=16).contains(&seconds), "5,904 iterations take 14.4 seconds, not {seconds}");
}

#[test]
fn a_request_counts_for_what_it_may_come_to() {
    let mut scene = Scene::new(limits());
    let cheap = scene.ask(2, 1, Request { work: 9, ..Request::default() }, None).unwrap();
    assert_eq!(reason(scene.enter(1, 1)), (Reason::TooLong, 9));
    scene.turn();
    assert_eq!(cheap.fate(), derived(2, 1));
    assert_eq!(scene.schedule.busy_for(), Duration::ZERO, "it came to less");
    scene.run_to_the_end();
}

#[test]
fn requests_may_reckon_with_any_work() {
    let mut scene = Scene::new(Limits { wait: Duration::MAX, ..limits() });
    let endless = Request { work: u64::MAX, ..Request::default() };
    let one = scene.ask(2, 1, endless, Some(task(3, 1))).unwrap();
    let two = scene.ask(2, 1, endless, None).unwrap();
    assert_eq!(scene.schedule.busy_for(), Duration::MAX);
    scene.turn();
    scene.turn();
    assert_eq!(one.fate(), derived(3, 1));
    scene.turn();
    assert_eq!(two.fate(), derived(2, 1));
    scene.run_to_the_end();
}

#[test]
fn the_places_to_wait_are_bounded_whatever_the_wait() {
    let mut scene = Scene::new(Limits { waiting: 2, ..limits() });
    let _one = scene.enter(1, 1).unwrap();
    let _two = scene.enter(1, 1).unwrap();
    assert_eq!(reason(scene.enter(1, 1)), (Reason::Full, 2));
    let batch = scene.take().batch.unwrap();
    let _three = scene.enter(1, 1).expect("who has begun does not wait");
    scene.slice(batch, 1);
    scene.run_to_the_end();
}

#[test]
fn an_account_has_a_bound_of_its_own() {
    let mut scene = Scene::new(limits());
    let of = |number: u128| Request { account: Some(number.into()), work: 0 };
    let mut ask = |request| scene.ask(1, 1, request, None);
    let _one = ask(of(7)).unwrap();
    let two = ask(of(7)).unwrap();
    assert_eq!(reason(ask(of(7))).0, Reason::Account);
    let _other = ask(of(8)).unwrap();
    let _nobody = ask(Request::default()).unwrap();
    two.goes();
    assert_eq!(scene.schedule.forget_abandoned().len(), 1);
    let _three = scene.ask(1, 1, of(7), None).expect("one has gone");
    scene.turn();
    let _four = scene.ask(1, 1, of(7), None).expect("one is done");
    assert_eq!(reason(scene.ask(1, 1, of(7), None)).0, Reason::Account);
    scene.run_to_the_end();
}

#[test]
fn an_account_is_told_when_the_first_of_its_own_is_done() {
    let of = |number: u128| Request { account: Some(number.into()), work: 0 };
    let mut scene = Scene::new(Limits { threads: 4, ..patient() });
    let _two = [10, 20].map(|left| scene.ask(left, 1, of(7), None).unwrap());
    assert_eq!(scene.schedule.busy_for(), Duration::ZERO, "for others there is a thread");
    assert_eq!(reason(scene.ask(1, 1, of(7), None)), (Reason::Account, 10));
    scene.run_to_the_end();

    let mut scene = Scene::new(patient());
    let _first = scene.enter(30, 1).unwrap();
    let _two = [10, 20].map(|left| scene.ask(left, 1, of(7), None).unwrap());
    assert_eq!(reason(scene.ask(1, 1, of(7), None)), (Reason::Account, 40), "after who has come before");
    scene.run_to_the_end();
}

#[test]
fn whose_turn_comes_too_late_is_refused() {
    let mut scene = Scene::new(limits());
    let first = scene.enter(6, 1).unwrap();
    scene.schedule.limits.wait = Duration::from_secs(10);
    let late = scene.enter(1, 1).unwrap();
    scene.schedule.limits.wait = WAIT;
    scene.turn();
    assert_eq!(first.fate(), derived(6, 1), "who has begun is finished, however long it takes");
    let next = scene.enter(1, 1).unwrap();
    scene.turn();
    assert_eq!(late.fate(), Fate::Refused(Reason::Late, Duration::from_secs(1)), "the next has that much");
    assert_eq!(next.fate(), derived(1, 1));
    scene.run_to_the_end();
}

#[test]
fn a_job_whose_caller_has_gone_is_given_up_wherever_it_is() {
    let mut scene = Scene::new(patient());
    let begun = scene.enter(10_000, 2).unwrap();
    let waits = scene.enter(1, 1).unwrap();
    let batch = scene.take().batch.unwrap();
    begun.goes();
    waits.goes();
    assert_eq!(scene.schedule.forget_abandoned().len(), 1, "a thread has a part of the other");
    scene.slice(batch, 1);
    let turn = scene.take();
    assert!(turn.batch.is_none());
    assert_eq!(turn.forgotten.len(), 1);
    drop(turn);
    assert_eq!((begun.fate(), waits.fate()), (Fate::Dropped, Fate::Dropped));
    scene.run_to_the_end();
}

#[test]
fn nothing_of_a_job_whose_caller_has_gone_is_lent_again_while_threads_have_parts_of_it() {
    let mut scene = Scene::new(Limits { threads: 2, ..patient() });
    let begun = scene.enter(10_000, 2).unwrap();
    let one = scene.take().batch.unwrap();
    let two = scene.take().batch.unwrap();
    begun.goes();
    scene.slice(one, 1);
    let turn = scene.take();
    assert!(turn.is_idle() && !turn.more, "one part is out, and the other has nobody to go on for");
    let other = scene.enter(1, 1).unwrap();
    scene.turn();
    assert_eq!(other.fate(), derived(1, 1), "whoever is there still is served");
    assert!(scene.schedule.close().is_empty());
    scene.slice(two, 1);
    let turn = scene.take();
    assert!(turn.batch.is_none());
    assert_eq!(turn.forgotten.len(), 1, "all of it is back");
    drop(turn);
    assert_eq!(begun.fate(), Fate::Dropped);
    assert!(scene.take().is_idle());
    scene.run_to_the_end();
}

#[test]
fn closing_refuses_who_waits_and_finishes_who_has_begun() {
    let mut scene = Scene::new(limits());
    let begun = scene.enter(5_000, 1).unwrap();
    let waits = scene.enter(1, 1);
    assert_eq!(reason(waits).0, Reason::TooLong);
    scene.schedule.limits.wait = Duration::MAX;
    let waits = scene.enter(1, 1).unwrap();
    let batch = scene.take().batch.unwrap();
    let refused = scene.schedule.close();
    assert_eq!(refused.len(), 1);
    for (pending, refused) in refused {
        pending.refuse(refused);
    }
    assert!(matches!(waits.fate(), Fate::Refused(Reason::Closed, _)));
    assert_eq!(reason(scene.enter(1, 1)).0, Reason::Closed);
    scene.slice(batch, 1);
    scene.run_to_the_end();
    assert_eq!(begun.fate(), derived(5_000, 1));
    assert!(scene.schedule.is_closed() && scene.take().is_idle());
}
