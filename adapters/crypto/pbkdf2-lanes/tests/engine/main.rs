//! The engine with its threads, as callers use it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use pbkdf2_lanes::{
    Account, Derived, Engine, Kernel, Next, Reason, Refused, Request, Settings, Task, Ticket,
};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

/// One thread, and patience.
fn settings() -> Settings {
    Settings { threads: 1, max_wait: Duration::from_secs(600), ..Settings::default() }
}

fn start(settings: Settings) -> Engine {
    Engine::start(settings).unwrap()
}

fn task(password: &str, iterations: u32, bytes: usize) -> Task {
    Task::new(password.as_bytes(), b"salt", iterations, bytes).unwrap()
}

fn judged(password: &str, iterations: u32, bytes: usize) -> Vec<u8> {
    let mut derived = vec![0; bytes];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password.as_bytes(), b"salt", iterations, &mut derived);
    derived
}

fn derive(engine: &Engine, password: &str, iterations: u32) -> Result<Ticket<Derived>, Refused> {
    engine.derive(task(password, iterations, 32), Request::default())
}

/// Holds the one thread of an engine, in what follows a derivation, until it is dropped.
struct Held {
    release: mpsc::Sender<()>,
    ticket: Ticket<&'static str>,
}

fn hold(engine: &Engine) -> Held {
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let ticket = engine
        .run(task("held", 1, 32), Request::default(), move |_| {
            started.send(()).unwrap();
            // Ends with an error, when the other side is dropped.
            let _released = released.recv();
            Next::Done("held")
        })
        .unwrap();
    has_started.recv().unwrap();
    Held { release, ticket }
}

mod callers;
mod ends;

#[test]
fn many_at_once_of_every_kind_are_all_right_on_every_kernel() {
    let each = Kernel::available().into_iter().map(|kernel| Some(vec![kernel]));
    for kernels in each.chain([None]) {
        let engine = start(Settings { threads: 2, kernels: kernels.clone(), ..settings() });
        let jobs: Vec<(String, u32, usize)> = (0..60_u32)
            .map(|n| (format!("password {n}"), 1 + n * 397 % 9_000, 1 + n as usize % 70))
            .collect();
        let tickets: Vec<_> = jobs
            .iter()
            .map(|(password, iterations, bytes)| {
                engine.derive(task(password, *iterations, *bytes), Request::default()).unwrap()
            })
            .collect();
        for ((password, iterations, bytes), ticket) in jobs.iter().zip(tickets) {
            assert_eq!(
                *ticket.wait().unwrap(),
                judged(password, *iterations, *bytes),
                "{kernels:?} {password}"
            );
        }
    }
}

#[test]
fn callers_on_many_threads_are_all_answered() {
    let engine = Arc::new(start(Settings { threads: 2, ..settings() }));
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let engine = Arc::clone(&engine);
            thread::spawn(move || {
                for number in 0..20 {
                    let password = format!("{caller} {number}");
                    let derived = derive(&engine, &password, 500).unwrap().wait().unwrap();
                    assert_eq!(*derived, judged(&password, 500, 32));
                }
            })
        })
        .collect();
    callers.into_iter().for_each(|caller| caller.join().unwrap());
}

#[test]
fn a_ticket_is_a_future() {
    let engine = start(settings());
    let derived = pollster::block_on(derive(&engine, "password", 1_000).unwrap()).unwrap();
    assert_eq!(*derived, judged("password", 1_000, 32));
}

#[test]
fn what_follows_may_derive_more() {
    let engine = start(settings());
    let ticket = engine.run(task("one", 10, 32), Request { account: None, work: 25 }, |first| {
        Next::More(task("two", 15, 64), Box::new(move |second| Next::Done((first, second))))
    });
    let (first, second) = ticket.unwrap().wait().unwrap();
    assert_eq!((first.to_vec(), second.to_vec()), (judged("one", 10, 32), judged("two", 15, 64)));
}

#[test]
fn a_panic_in_what_follows_neither_ends_the_thread_nor_leaves_the_caller_waiting() {
    let engine = start(settings());
    let ticket =
        engine.run(task("one", 10, 32), Request::default(), |_| -> Next<()> { panic!("on purpose") });
    assert_eq!(ticket.unwrap().wait().unwrap_err().reason, Reason::Failed);
    assert_eq!(*derive(&engine, "two", 10).unwrap().wait().unwrap(), judged("two", 10, 32));
}

#[test]
fn a_full_queue_refuses_at_once_and_who_goes_makes_room() {
    let engine = start(Settings { max_waiting: 1, ..settings() });
    let held = hold(&engine);
    let goes = derive(&engine, "goes", 10).unwrap();
    assert_eq!(derive(&engine, "refused", 10).unwrap_err().reason, Reason::Full);
    drop(goes);
    let stays = derive(&engine, "stays", 10).expect("there is room again");
    drop(held.release);
    assert_eq!(*stays.wait().unwrap(), judged("stays", 10, 32));
    assert_eq!(held.ticket.wait().unwrap(), "held");
}

#[test]
fn an_account_has_a_bound_of_its_own() {
    let engine = start(Settings { max_of_account: 1, ..settings() });
    let held = hold(&engine);
    let of = |number: u8| Request { account: Some(Account::from([number; 16])), work: 0 };
    let first = engine.derive(task("first", 10, 32), of(1)).unwrap();
    let second = engine.derive(task("second", 10, 32), of(1));
    assert_eq!(second.unwrap_err().reason, Reason::Account);
    let other = engine.derive(task("other", 10, 32), of(2)).unwrap();
    drop(held.release);
    assert_eq!(*first.wait().unwrap(), judged("first", 10, 32));
    assert_eq!(*other.wait().unwrap(), judged("other", 10, 32));
}

#[test]
fn more_than_can_be_made_in_time_are_refused_with_a_time_to_come_again() {
    let engine = start(Settings { max_wait: Duration::from_millis(1), max_waiting: 1_000, ..settings() });
    let tickets: Vec<_> = (0..200).map(|number| derive(&engine, &number.to_string(), 1_000_000)).collect();
    let refused = tickets.iter().filter_map(|ticket| ticket.as_ref().err()).next().expect("not all fit");
    assert_eq!(refused.reason, Reason::TooLong);
    assert!(refused.retry_after > Duration::from_millis(1), "{refused:?}");
    assert!(engine.busy_for() > Duration::ZERO);
}

#[test]
fn closing_refuses_what_waits_finishes_what_has_begun_and_ends_the_threads() {
    let engine = start(settings());
    let held = hold(&engine);
    let waits = derive(&engine, "waits", 10).unwrap();
    let closing = engine.close();
    assert_eq!(waits.wait().unwrap_err().reason, Reason::Closed);
    drop(held.release);
    assert_eq!(held.ticket.wait().unwrap(), "held");
    closing.wait();
}

#[test]
fn dropping_closes() {
    let engine = start(settings());
    let held = hold(&engine);
    let waits = derive(&engine, "waits", 10).unwrap();
    drop(engine);
    assert_eq!(waits.wait().unwrap_err().reason, Reason::Closed);
    drop(held.release);
    assert_eq!(held.ticket.wait().unwrap(), "held");
}

#[test]
fn closing_in_the_middle_answers_everybody() {
    for _ in 0..20 {
        let engine = start(Settings { threads: 2, ..settings() });
        let tickets: Vec<_> = (0..50).map(|n| (n, derive(&engine, &n.to_string(), 3_000).unwrap())).collect();
        engine.close().wait();
        for (number, ticket) in tickets {
            match ticket.wait() {
                Ok(derived) => assert_eq!(*derived, judged(&number.to_string(), 3_000, 32)),
                Err(refused) => assert_eq!(refused.reason, Reason::Closed),
            }
        }
    }
}

#[test]
fn an_engine_may_be_dropped_by_what_it_runs() {
    let engine = Arc::new(start(settings()));
    let held = hold(&engine);
    let last = Arc::clone(&engine);
    let ticket = engine.run(task("one", 10, 32), Request::default(), move |_| {
        drop(last);
        Next::Done("dropped")
    });
    let ticket = ticket.unwrap();
    drop(engine);
    drop(held.release);
    assert_eq!(ticket.wait().unwrap(), "dropped");
}

#[test]
fn settings_out_of_their_bounds_are_brought_within() {
    let none =
        Settings { threads: 0, max_waiting: 0, max_of_account: 0, kernels: Some(vec![]), ..settings() };
    let engine = start(none);
    let request = Request { account: Some(Account::from(1)), work: 0 };
    let ticket = engine.derive(task("password", 10, 32), request).unwrap();
    assert_eq!(*ticket.wait().unwrap(), judged("password", 10, 32));
}

#[test]
fn settings_that_no_system_can_follow_are_refused() {
    let refused = |settings| Engine::start(settings).unwrap_err().kind();
    let invalid = std::io::ErrorKind::InvalidInput;
    assert_eq!(refused(Settings { threads: usize::MAX, ..settings() }), invalid);
    assert_eq!(refused(Settings { thread_name: "a\0b".to_owned(), ..settings() }), invalid);
}

#[test]
fn nothing_shows_in_debug() {
    let engine = start(settings());
    assert_eq!(format!("{engine:?}"), "Engine { threads: 1, .. }");
    assert_eq!(format!("{:?}", derive(&engine, "password", 1).unwrap()), "Ticket { .. }");
}
