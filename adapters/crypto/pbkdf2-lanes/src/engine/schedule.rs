//! Who is let in, and who advances next: the engine without its threads. Time comes in as a parameter.

use super::{
    Account, Reason, Refused, Request,
    batch::{Batch, Lane},
    job::Job,
    pending::Pending,
    speed::Speed,
};
use crate::{Costs, Derived, Task};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// The bounds of an engine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many threads there are.
    pub(super) threads: usize,
    /// How many jobs may wait.
    pub(super) waiting: usize,
    /// How long a job may have to wait.
    pub(super) wait: Duration,
    /// How many of an account's jobs may be there.
    pub(super) of_account: usize,
}

/// What an account is told at least that has to wait for a job of its own.
const SOON: Duration = Duration::from_millis(1);

/// A job by its number; a lower one has come earlier.
pub(super) type Number = u64;

/// All jobs that wait and run.
///
/// Threads take streams out for a slice and bring them back; between the slices everything is here, and any thread may
/// go on with it. Work is counted in iterations of one stream.
pub(super) struct Schedule {
    limits: Limits,
    speed: Speed,
    jobs: BTreeMap<Number, Job>,
    next: Number,
    /// Jobs that have not begun.
    waiting: usize,
    /// Streams that have iterations left, of all jobs.
    open: usize,
    /// The work of all jobs, each of which may reckon with as much as its type holds.
    work: u128,
    accounts: HashMap<Account, usize>,
    closed: bool,
}

/// What a thread is to do.
#[derive(Default)]
pub(super) struct Turn {
    /// A slice.
    pub(super) batch: Option<Batch>,
    /// Whether there is more for another thread.
    pub(super) more: bool,
    /// Jobs whose derivation is made.
    pub(super) finished: Vec<Finished>,
    /// Callers to be told that their turn came too late.
    pub(super) late: Vec<(Box<dyn Pending>, Refused)>,
    /// Jobs without a caller, to be dropped where nothing is locked.
    pub(super) forgotten: Vec<Box<dyn Pending>>,
}

impl Turn {
    /// Whether there is nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.batch.is_none() && self.finished.is_empty() && self.late.is_empty() && self.forgotten.is_empty()
    }
}

/// A derivation that is made. Its job is over when [`Schedule::end`] is called, and goes on by [`Schedule::go_on`].
pub(super) struct Finished {
    pub(super) number: Number,
    pub(super) pending: Box<dyn Pending>,
    pub(super) derived: Derived,
}

impl Schedule {
    pub(super) fn new(limits: Limits, costs: Costs) -> Self {
        Schedule {
            limits,
            speed: Speed::new(costs),
            jobs: BTreeMap::new(),
            next: 0,
            waiting: 0,
            open: 0,
            work: 0,
            accounts: HashMap::new(),
            closed: false,
        }
    }

    /// How many streams each thread has, if they are evenly spread.
    fn share(&self, open: usize) -> usize {
        open.div_ceil(self.limits.threads)
    }

    /// How long a job that came now would wait for its turn; that is also when all that is there now will be done, if
    /// there is no lane free at once.
    pub(super) fn busy_for(&self) -> Duration {
        let share = self.share(self.open + 1);
        if share <= self.speed.choose(share).lanes() {
            return Duration::ZERO;
        }
        let rate = self.speed.rate(self.share(self.open)) * self.limits.threads as f64;
        Duration::try_from_secs_f64(self.work as f64 / rate).unwrap_or(Duration::MAX)
    }

    /// How long it will take until the first of an account's jobs is done: with all that has come before it, and at
    /// least as long as it takes in its own lanes.
    fn account_busy_for(&self, account: Account) -> Duration {
        let mut before = 0;
        let first = self.jobs.values().find(|job| {
            before += u128::from(job.work);
            job.account == Some(account)
        });
        let Some(first) = first else { return Duration::ZERO };
        let share = self.share(self.open);
        let rate = self.speed.rate(share) * self.limits.threads as f64;
        let in_its_lanes = first.work as f64 / (self.speed.rate_of_lane(share) * first.open().max(1) as f64);
        let seconds = in_its_lanes.max(before as f64 / rate);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).max(SOON)
    }

    pub(super) fn refused(&self, reason: Reason) -> Refused {
        Refused { reason, retry_after: self.busy_for() }
    }

    /// Whether another job may come in, and if not, why.
    pub(super) fn room(&self, account: Option<Account>) -> Result<(), Refused> {
        let is_full = |account: &Account| {
            self.accounts.get(account).is_some_and(|jobs| *jobs >= self.limits.of_account)
        };
        let reason = if self.closed {
            Reason::Closed
        } else if let Some(account) = account.filter(is_full) {
            return Err(Refused { reason: Reason::Account, retry_after: self.account_busy_for(account) });
        } else if self.waiting >= self.limits.waiting {
            Reason::Full
        } else if self.busy_for() > self.limits.wait {
            Reason::TooLong
        } else {
            return Ok(());
        };
        Err(self.refused(reason))
    }

    /// A job comes in, if there is room for it. If not its caller comes back, to be dropped where nothing is locked.
    pub(super) fn enter(
        &mut self,
        task: Task,
        request: Request,
        pending: Box<dyn Pending>,
        now: Instant,
    ) -> Result<(), (Refused, Box<dyn Pending>)> {
        if let Err(refused) = self.room(request.account) {
            return Err((refused, pending));
        }
        let job = Job::new(task, request, pending, now);
        self.waiting += 1;
        self.open += job.open();
        self.work += u128::from(job.work);
        if let Some(account) = job.account {
            *self.accounts.entry(account).or_default() += 1;
        }
        self.jobs.insert(self.next, job);
        self.next += 1;
        Ok(())
    }

    /// Makes room: callers that have gone need no answer. What is returned is to be dropped where nothing is locked.
    pub(super) fn forget_abandoned(&mut self) -> Vec<Box<dyn Pending>> {
        let gone: Vec<Number> =
            self.jobs.iter().filter(|(_, job)| job.is_abandoned()).map(|(number, _)| *number).collect();
        gone.into_iter().filter_map(|number| self.remove(number)?.pending).collect()
    }

    /// Finds a thread something to do: the streams that have waited longest, as many as are its share and its kernel
    /// has lanes for.
    pub(super) fn take(&mut self, now: Instant) -> Turn {
        let mut turn = Turn::default();
        let most = self.share(self.open).clamp(1, self.speed.most_lanes());
        let mut chosen: Vec<(Number, usize)> = Vec::with_capacity(most + 1);
        let (mut abandoned, mut late, mut finished) = (vec![], vec![], vec![]);
        for (number, job) in &self.jobs {
            if job.is_abandoned() {
                abandoned.push(*number);
            } else if job.is_unwanted() {
                // Its turn comes when the threads have brought back what they have of it.
            } else if !job.begun && now.saturating_duration_since(job.since) > self.limits.wait {
                late.push(*number);
            } else if job.is_done() {
                finished.push(*number);
            } else {
                // One more than can be taken, to know that there is one.
                let room = (most + 1).saturating_sub(chosen.len());
                chosen.extend(job.ready().map(|place| (*number, place)).take(room));
                if chosen.len() > most {
                    break;
                }
            }
        }
        turn.forgotten = abandoned.into_iter().filter_map(|number| self.remove(number)?.pending).collect();
        let late = late.into_iter().filter_map(|number| self.remove(number)?.pending);
        let late: Vec<_> = late.collect();
        turn.late = late.into_iter().map(|pending| (pending, self.refused(Reason::Late))).collect();
        turn.finished = finished.into_iter().filter_map(|number| self.finish(number)).collect();

        let kernel = self.speed.choose(chosen.len().min(most));
        let lanes = kernel.lanes().min(most);
        turn.more = chosen.len() > lanes;
        chosen.truncate(lanes);
        let lanes: Vec<Lane> =
            chosen.into_iter().filter_map(|(number, place)| self.lend(number, place)).collect();
        turn.batch = Batch::new(kernel, lanes);
        turn
    }

    fn begin(&mut self, number: Number) {
        if let Some(job) = self.jobs.get_mut(&number)
            && !job.begun
        {
            job.begun = true;
            self.waiting -= 1;
        }
    }

    fn lend(&mut self, number: Number, place: usize) -> Option<Lane> {
        self.begin(number);
        let stream = self.jobs.get_mut(&number)?.lend(place)?;
        Some(Lane { number, place, stream })
    }

    /// A thread brings back what it has advanced; the jobs that are made thereby are returned.
    pub(super) fn bring_back(&mut self, batch: Batch, took: Duration) -> Vec<Finished> {
        self.speed.record(batch.kernel, batch.iterations, took);
        let mut numbers = Vec::with_capacity(batch.lanes.len());
        for Lane { number, place, stream } in batch.lanes {
            let Some(job) = self.jobs.get_mut(&number) else { continue };
            let done = job.work.min(u64::from(batch.iterations));
            job.work -= done;
            self.work -= u128::from(done);
            self.open -= usize::from(stream.is_done());
            job.take_back(place, stream);
            if job.is_done() {
                numbers.push(number);
            }
        }
        numbers.into_iter().filter_map(|number| self.finish(number)).collect()
    }

    /// What a job that is done has derived. The job stays, as its caller may have more to do.
    fn finish(&mut self, number: Number) -> Option<Finished> {
        self.begin(number);
        let job = self.jobs.get_mut(&number)?;
        let (pending, derived) = job.finish()?;
        Some(Finished { number, pending, derived })
    }

    /// A job goes on with another derivation, in the place that it had.
    pub(super) fn go_on(&mut self, number: Number, task: Task, pending: Box<dyn Pending>) {
        let Some(job) = self.jobs.get_mut(&number) else { return };
        self.work -= u128::from(job.work);
        job.go_on(task, pending);
        self.work += u128::from(job.work);
        self.open += job.open();
    }

    /// A job is over.
    pub(super) fn end(&mut self, number: Number) {
        self.remove(number);
    }

    fn remove(&mut self, number: Number) -> Option<Job> {
        let job = self.jobs.remove(&number)?;
        self.waiting -= usize::from(!job.begun);
        self.open -= job.open();
        self.work -= u128::from(job.work);
        if let Some(account) = job.account
            && let Some(jobs) = self.accounts.get_mut(&account)
        {
            *jobs -= 1;
            if *jobs == 0 {
                self.accounts.remove(&account);
            }
        }
        Some(job)
    }

    /// Lets nobody in from now on, and gives back those who wait, to be refused.
    pub(super) fn close(&mut self) -> Vec<(Box<dyn Pending>, Refused)> {
        self.closed = true;
        let refused = self.refused(Reason::Closed);
        let waiting: Vec<Number> =
            self.jobs.iter().filter(|(_, job)| !job.begun).map(|(number, _)| *number).collect();
        let jobs = waiting.into_iter().filter_map(|number| self.remove(number)?.pending);
        jobs.map(|pending| (pending, refused)).collect()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

#[cfg(test)]
mod tests;
