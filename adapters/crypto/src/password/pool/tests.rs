use super::*;
use pollster::block_on;
use std::{sync::mpsc, time::Duration};

const PATIENCE: Duration = Duration::from_secs(5);

/// One thread, so many places to wait. No work counts, unless a test says so.
fn pool(waiting: usize) -> Pool {
    Pool::start(Limits { threads: 1, waiting, wait: PATIENCE }, 1.0).unwrap()
}

type Answer<T> = oneshot::Receiver<Result<T, HashError>>;

fn enqueue<T: Send + 'static>(
    pool: &Pool,
    work: u64,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<Answer<T>, HashError> {
    pool.enqueue(Instant::now(), work, || (job(), 0))
}

/// Holds the pool's one thread until it is dropped.
struct Held {
    release: mpsc::Sender<()>,
    answer: Answer<&'static str>,
}

fn hold(pool: &Pool, work: u64) -> Held {
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let answer = enqueue(pool, work, move || {
        started.send(()).unwrap();
        // Ends with an error, when the other side is dropped.
        let _released = released.recv();
        "held"
    })
    .unwrap();
    has_started.recv().unwrap();
    Held { release, answer }
}

fn refused<T>(result: Result<T, HashError>) -> Duration {
    match result {
        Err(HashError::Busy { retry_after }) => retry_after,
        Ok(_) => panic!("was not refused"),
    }
}

#[test]
fn jobs_run_on_threads_of_their_own() {
    let pool = pool(1);
    let name = block_on(pool.run(0, || (thread::current().name().map(str::to_owned), 0))).unwrap();
    assert_eq!(name.as_deref(), Some("hexad-hash-0"));
}

#[test]
fn a_full_queue_refuses_at_once() {
    let pool = pool(1);
    let held = hold(&pool, 0);
    let waits = enqueue(&pool, 0, || "waited").unwrap();
    assert_eq!(refused(enqueue(&pool, 0, || ())), Duration::from_secs(1));
    drop(held.release);
    assert_eq!(block_on(waits).unwrap(), Ok("waited"));
}

#[test]
fn a_wait_longer_than_the_patience_refuses_at_once_and_says_when_to_come_again() {
    let pool = pool(100);
    let _held = hold(&pool, 4);
    let _waits = enqueue(&pool, 3, || ()).unwrap();
    assert_eq!(refused(enqueue(&pool, 0, || ())), Duration::from_secs(7), "a second for each unit");
}

#[test]
fn a_job_whose_caller_has_gone_is_not_run() {
    abandon_one(5);
}

#[test]
fn a_job_whose_caller_has_gone_makes_room() {
    abandon_one(1);
}

/// Two jobs wait, and the caller of the first goes.
fn abandon_one(places: usize) {
    let pool = pool(places);
    let held = hold(&pool, 0);
    let (ran, runs) = mpsc::channel();
    let (tell, ran_too) = (ran.clone(), ran);
    drop(enqueue(&pool, 0, move || tell.send("abandoned")).unwrap());
    let stays = enqueue(&pool, 0, move || ran_too.send("wanted")).expect("there is room again");
    drop(held.release);
    block_on(stays).unwrap().unwrap().unwrap();
    assert_eq!(runs.iter().collect::<Vec<_>>(), ["wanted"]);
}

#[test]
fn a_job_whose_turn_comes_too_late_is_refused_and_not_run() {
    let pool = pool(2);
    let held = hold(&pool, 0);
    let long_ago = Instant::now().checked_sub(PATIENCE + Duration::from_millis(1)).unwrap();
    let late = pool.enqueue(long_ago, 0, || ("run", 0)).unwrap();
    let next = enqueue(&pool, 0, || "next").unwrap();
    drop(held.release);
    assert_eq!(refused(block_on(late).unwrap()), Duration::from_secs(1));
    assert_eq!(block_on(next).unwrap(), Ok("next"));
}

#[test]
fn a_panic_neither_ends_the_thread_nor_leaves_the_caller_waiting() {
    let pool = pool(1);
    let refusal = block_on(pool.run(1, || -> Outcome<()> { panic!("on purpose") }));
    assert_eq!(refused(refusal), Duration::from_secs(1));
    assert_eq!(block_on(pool.run(1, || ("alive", 1))), Ok("alive"));
}

#[test]
fn closing_refuses_what_waits_finishes_what_runs_and_ends_the_threads() {
    let mut pool = pool(5);
    let held = hold(&pool, 0);
    let waits = enqueue(&pool, 0, || "waited").unwrap();
    let threads = pool.close();
    refused(block_on(waits).unwrap());
    refused(enqueue(&pool, 0, || "after"));
    drop(held.release);
    assert_eq!(block_on(held.answer).unwrap(), Ok("held"));
    assert_eq!(threads.len(), 1);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn dropping_closes() {
    let pool = pool(5);
    let held = hold(&pool, 0);
    let waits = enqueue(&pool, 0, || "waited").unwrap();
    drop(pool);
    refused(block_on(waits).unwrap());
    drop(held.release);
    assert_eq!(block_on(held.answer).unwrap(), Ok("held"));
}
