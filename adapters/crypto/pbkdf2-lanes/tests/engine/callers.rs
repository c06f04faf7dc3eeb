//! Callers whose own code does what it should not: it panics where things are dropped and woken, and asks the engine.

use super::*;
use std::task::{Context, Poll, Wake, Waker};

/// What a closure may have captured.
struct WhenDropped<F: FnMut()>(F);

impl<F: FnMut()> Drop for WhenDropped<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn panics_when_dropped() -> WhenDropped<impl FnMut()> {
    WhenDropped(|| panic!("on purpose"))
}

/// A derivation, and something of its caller's that goes where it goes.
fn with_capture<T: Send + 'static>(engine: &Engine, capture: T) -> Result<Ticket<Derived>, Refused> {
    engine.run(task("with a capture", 10, 32), Request::default(), move |derived| {
        let _captured = &capture;
        Next::Done(derived)
    })
}

#[test]
fn a_panic_where_a_forgotten_caller_is_dropped_costs_nobody_else_an_answer() {
    let engine = start(settings());
    let held = hold(&engine);
    // Two in a row: a panic in the middle of another one would end the process.
    drop(with_capture(&engine, panics_when_dropped()).unwrap());
    drop(with_capture(&engine, panics_when_dropped()).unwrap());
    let beside = derive(&engine, "beside", 10).unwrap();
    drop(held.release);
    assert_eq!(*beside.wait().unwrap(), judged("beside", 10, 32));
    assert_eq!(*derive(&engine, "later", 10).unwrap().wait().unwrap(), judged("later", 10, 32));
}

#[test]
fn a_panic_where_room_is_made_is_not_the_next_callers() {
    let engine = start(Settings { max_waiting: 1, ..settings() });
    let held = hold(&engine);
    drop(with_capture(&engine, panics_when_dropped()).unwrap());
    let next = derive(&engine, "next", 10).expect("there is room again");
    drop(held.release);
    assert_eq!(*next.wait().unwrap(), judged("next", 10, 32));
}

#[test]
fn a_panic_where_somebody_is_woken_leaves_no_other_without_an_answer() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }
    let engine = start(settings());
    let held = hold(&engine);
    let mut first = derive(&engine, "first", 10).unwrap();
    let second = derive(&engine, "second", 10).unwrap();
    let waker = Waker::from(Arc::new(Panics));
    let polled = std::pin::Pin::new(&mut first).poll(&mut Context::from_waker(&waker));
    assert!(matches!(polled, Poll::Pending));
    let closing = engine.close();
    assert_eq!(second.wait().unwrap_err().reason, Reason::Closed);
    assert_eq!(first.wait().unwrap_err().reason, Reason::Closed, "it was told, though not woken");
    drop(held.release);
    assert_eq!(held.ticket.wait().unwrap(), "held");
    closing.wait();
}

#[test]
fn what_a_refused_caller_drops_may_ask_the_engine() {
    let engine = Arc::new(start(Settings { max_waiting: 1, ..settings() }));
    let held = hold(&engine);
    let _waits = derive(&engine, "waits", 10).unwrap();
    let (answers, answered) = mpsc::channel();
    // On a thread of its own, so that the test fails where it would wait for ever.
    let asks = Arc::clone(&engine);
    thread::spawn(move || {
        let same = Arc::clone(&asks);
        let capture = WhenDropped(move || {
            let _some = same.busy_for();
        });
        answers.send(with_capture(&asks, capture).unwrap_err().reason).unwrap();
    });
    assert_eq!(answered.recv_timeout(Duration::from_secs(20)), Ok(Reason::Full));
    drop(held.release);
}
