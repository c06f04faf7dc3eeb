use super::*;
use crate::{Cost, Costs, Derived, Kernel, engine::schedule::Limits};
use std::{
    sync::{Arc, Barrier, mpsc},
    thread,
    time::Duration,
};

/// A caller whose code waits until another's runs beside it.
struct Meets {
    other: Arc<Barrier>,
    met: mpsc::Sender<()>,
}

impl Pending for Meets {
    fn is_wanted(&self) -> bool {
        true
    }

    fn go_on(self: Box<Self>, _: Derived) -> Option<(Task, Box<dyn Pending>)> {
        self.other.wait();
        self.met.send(()).unwrap();
        None
    }

    fn refuse(self: Box<Self>, refused: Refused) {
        panic!("{refused}");
    }
}

#[test]
fn a_thread_that_leaves_something_wakes_another_for_it() {
    let limits = Limits { threads: 2, waiting: 100, wait: Duration::from_secs(600), of_account: 100 };
    let costs = Costs::new(vec![Cost { kernel: Kernel::PORTABLE, step: 0.001 }]);
    let shared = Arc::new(Shared::new(Schedule::new(limits, costs)));
    let threads = [(); 2].map(|()| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || shared.serve())
    });
    let (met, has_met) = mpsc::channel();
    for _ in 0..100 {
        let other = Arc::new(Barrier::new(2));
        let mut schedule = shared.lock();
        for _ in 0..2 {
            let task = Task::new(b"password", b"salt", 10, 32).unwrap();
            let pending = Box::new(Meets { other: Arc::clone(&other), met: met.clone() });
            let entered = schedule.enter(task, Request::default(), pending, Instant::now());
            assert!(entered.is_ok());
        }
        drop(schedule);
        // One is told of two; if both wait, it has to tell the other.
        shared.wake.notify_one();
        for _ in 0..2 {
            has_met.recv_timeout(Duration::from_secs(60)).expect("two threads run beside each other");
        }
    }
    shared.close();
    for thread in threads {
        thread.join().unwrap();
    }
}
