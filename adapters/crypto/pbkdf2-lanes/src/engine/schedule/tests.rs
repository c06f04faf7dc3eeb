//! The schedule without threads: each test is its clock, its threads and its callers.

use super::*;
use crate::{Cost, Kernel};
use std::sync::{Arc, Mutex};

const WAIT: Duration = Duration::from_secs(5);

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    Waits,
    Derived(Vec<u8>),
    Refused(Reason, Duration),
    Dropped,
}

/// A caller, as the test sees it.
#[derive(Clone)]
struct Caller(Arc<Mutex<(Fate, bool)>>);

impl Caller {
    fn fate(&self) -> Fate {
        self.0.lock().unwrap().0.clone()
    }

    fn goes(&self) {
        self.0.lock().unwrap().1 = false;
    }
}

/// The same caller, as the schedule sees it, with what it asks for next.
struct Call {
    caller: Caller,
    next: Option<Task>,
}

impl Call {
    fn end(&self, fate: Fate) {
        let mut state = self.caller.0.lock().unwrap();
        assert_eq!(state.0, Fate::Waits, "told once");
        state.0 = fate;
    }
}

impl Pending for Call {
    fn is_wanted(&self) -> bool {
        self.caller.0.lock().unwrap().1
    }

    fn go_on(mut self: Box<Self>, derived: Derived) -> Option<(Task, Box<dyn Pending>)> {
        if let Some(task) = self.next.take() {
            return Some((task, self));
        }
        self.end(Fate::Derived(derived.to_vec()));
        None
    }

    fn refuse(self: Box<Self>, refused: Refused) {
        self.end(Fate::Refused(refused.reason, refused.retry_after));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.caller.0.lock().unwrap();
        if state.0 == Fate::Waits {
            state.0 = Fate::Dropped;
        }
    }
}

/// A schedule with a clock, of one kernel whose iteration takes a second for every lane.
struct Scene {
    schedule: Schedule,
    now: Instant,
}

fn limits() -> Limits {
    Limits { threads: 1, waiting: 100, wait: WAIT, of_account: 2 }
}

/// Who waits as long as it takes.
fn patient() -> Limits {
    Limits { wait: Duration::from_secs(1_000_000), ..limits() }
}

/// All kernels of this machine, each of which takes as long for all lanes as for one, so that more lanes are better.
fn wide() -> Vec<(Kernel, f64)> {
    Kernel::available().into_iter().map(|kernel| (kernel, 1.0)).collect()
}

impl Scene {
    fn new(limits: Limits) -> Self {
        Self::with(limits, &[(Kernel::PORTABLE, 1.0)])
    }

    fn with(limits: Limits, costs: &[(Kernel, f64)]) -> Self {
        let costs = costs.iter().map(|(kernel, step)| Cost { kernel: *kernel, step: *step }).collect();
        Scene { schedule: Schedule::new(limits, Costs::new(costs)), now: Instant::now() }
    }

    /// A job of so many iterations that are left after the first, and so many blocks.
    fn enter(&mut self, left: u32, blocks: usize) -> Result<Caller, Refused> {
        self.ask(left, blocks, Request::default(), None)
    }

    fn ask(
        &mut self,
        left: u32,
        blocks: usize,
        request: Request,
        next: Option<Task>,
    ) -> Result<Caller, Refused> {
        let caller = Caller(Arc::new(Mutex::new((Fate::Waits, true))));
        let call = Box::new(Call { caller: caller.clone(), next });
        let entered = self.schedule.enter(task(left, blocks), request, call, self.now);
        entered.map(|()| caller).map_err(|(refused, _)| refused)
    }

    fn take(&mut self) -> Turn {
        self.schedule.take(self.now)
    }

    /// Advances what was taken in so many seconds, and brings it back.
    fn slice(&mut self, mut batch: Batch, seconds: u64) {
        batch.advance();
        self.now += Duration::from_secs(seconds);
        let finished = self.schedule.bring_back(batch, Duration::from_secs(seconds));
        self.follow(finished);
    }

    fn follow(&mut self, finished: Vec<Finished>) {
        for Finished { number, pending, derived } in finished {
            match pending.go_on(derived) {
                Some((task, pending)) => self.schedule.go_on(number, task, pending),
                None => self.schedule.end(number),
            }
        }
    }

    /// One turn of one thread, at an iteration for each second. Says what it did with which kernel.
    fn turn(&mut self) -> Option<(&'static str, Vec<Number>, u32)> {
        let turn = self.take();
        turn.late.into_iter().for_each(|(pending, refused)| pending.refuse(refused));
        self.follow(turn.finished);
        let batch = turn.batch?;
        let did =
            (batch.kernel.name(), batch.lanes.iter().map(|lane| lane.number).collect(), batch.iterations);
        let seconds = u64::from(batch.iterations);
        self.slice(batch, seconds);
        Some(did)
    }

    fn run_to_the_end(&mut self) {
        while !self.schedule.jobs.is_empty() {
            self.turn();
        }
        assert_eq!((self.schedule.waiting, self.schedule.open, self.schedule.work), (0, 0, 0));
        assert!(self.schedule.accounts.is_empty());
    }
}

fn task(left: u32, blocks: usize) -> Task {
    Task::new(b"password", b"salt", left + 1, blocks * 32).unwrap()
}

fn derived(left: u32, blocks: usize) -> Fate {
    let mut derived = vec![0; blocks * 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"password", b"salt", left + 1, &mut derived);
    Fate::Derived(derived)
}

fn reason(refused: Result<Caller, Refused>) -> (Reason, u64) {
    let Err(refused) = refused else { panic!("was let in") };
    (refused.reason, refused.retry_after.as_secs())
}

mod histories;
mod lanes;
mod limits;
