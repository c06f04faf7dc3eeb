//! How derivations and threads end before their time.

use super::*;
use std::{cell::RefCell, sync::Barrier};

const LONG_ENOUGH: Duration = Duration::from_secs(60);

#[test]
fn a_derivation_that_has_begun_is_given_up_when_its_ticket_is_dropped() {
    let engine = start(Settings { threads: 2, ..settings() });
    let (started, has_started) = mpsc::channel();
    let (dropped, was_dropped) = mpsc::channel::<()>();
    // A block for each thread, and of each more than an hour of work.
    let ticket = engine.run(task("begins", 10, 32), Request::default(), move |_| {
        started.send(()).unwrap();
        let endless = Task::new(b"endless", b"salt", u32::MAX, 64).unwrap();
        let then = move |_| {
            drop(dropped);
            Next::Done(())
        };
        Next::More(endless, Box::new(then))
    });
    has_started.recv_timeout(LONG_ENOUGH).unwrap();
    drop(ticket.unwrap());
    assert_eq!(was_dropped.recv_timeout(LONG_ENOUGH), Err(mpsc::RecvTimeoutError::Disconnected));
    engine.close().wait();
}

#[test]
fn the_threads_of_an_engine_that_was_dropped_end() {
    thread_local! {
        /// Goes when the thread does.
        static ENDS: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) };
    }
    let engine = start(Settings { threads: 2, ..settings() });
    let (ends, have_ended) = mpsc::channel();
    let both = Arc::new(Barrier::new(2));
    let tickets = [(); 2].map(|()| {
        let (ends, both) = (ends.clone(), Arc::clone(&both));
        let then = move |_| {
            both.wait();
            ENDS.set(Some(ends));
            Next::Done(())
        };
        engine.run(task("on each thread", 10, 32), Request::default(), then).unwrap()
    });
    drop(ends);
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    assert_eq!(have_ended.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(engine);
    assert_eq!(have_ended.recv_timeout(LONG_ENOUGH), Err(mpsc::RecvTimeoutError::Disconnected));
}
