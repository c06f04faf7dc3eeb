//! What the threads do.

use super::{
    Refused, Request,
    pending::Pending,
    schedule::{Finished, Schedule, Turn},
};
use crate::Task;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// What the threads and the callers share.
pub(super) struct Shared {
    schedule: Mutex<Schedule>,
    wake: Condvar,
}

impl Shared {
    pub(super) fn new(schedule: Schedule) -> Self {
        Shared { schedule: Mutex::new(schedule), wake: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Schedule> {
        // Nothing of a caller's runs under the lock, so the schedule is whole even if a caller's code panicked.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job comes in, if there is room or can be made.
    pub(super) fn enter(
        &self,
        task: Task,
        request: Request,
        pending: Box<dyn Pending>,
        now: Instant,
    ) -> Result<(), Refused> {
        let mut schedule = self.lock();
        let mut forgotten = vec![];
        if schedule.room(request.account).is_err() {
            forgotten = schedule.forget_abandoned();
        }
        let entered = schedule.enter(task, request, pending, now);
        drop(schedule);
        self.wake.notify_one();
        forget(forgotten);
        // What comes back with a refusal is dropped here, where nothing is locked.
        entered.map_err(|(refused, _pending)| refused)
    }

    /// Refuses what waits, and lets the threads end when they have finished what has begun.
    pub(super) fn close(&self) {
        let refused = self.lock().close();
        self.wake.notify_all();
        refuse(refused);
    }

    /// What a thread does until the engine is closed.
    pub(super) fn serve(&self) {
        while let Some(turn) = self.next() {
            if turn.more {
                self.wake.notify_one();
            }
            forget(turn.forgotten);
            refuse(turn.late);
            turn.finished.into_iter().for_each(|finished| self.follow(finished));
            if let Some(mut batch) = turn.batch {
                let begun = Instant::now();
                batch.advance();
                let took = begun.elapsed();
                let finished = self.lock().bring_back(batch, took);
                finished.into_iter().for_each(|finished| self.follow(finished));
            }
        }
    }

    /// Waits for something to do; `None` when there is nothing more, as the engine is closed.
    fn next(&self) -> Option<Turn> {
        let mut schedule = self.lock();
        loop {
            let turn = schedule.take(Instant::now());
            if !turn.is_idle() {
                return Some(turn);
            }
            if schedule.is_closed() {
                return None;
            }
            schedule = self.wake.wait(schedule).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs what follows a derivation. Where it panics its caller is told, as the other end of the ticket goes.
    fn follow(&self, finished: Finished) {
        let Finished { number, pending, derived } = finished;
        match contained(|| pending.go_on(derived)).flatten() {
            Some((task, pending)) => self.lock().go_on(number, task, pending),
            None => self.lock().end(number),
        }
    }
}

/// Runs a caller's code. Where it panics, that is no other caller's loss, and not the thread's.
fn contained<T>(code: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(code)).ok()
}

/// Drops callers who have gone, one by one, with all that their code has captured.
fn forget(callers: Vec<Box<dyn Pending>>) {
    for pending in callers {
        contained(|| drop(pending));
    }
}

/// Tells callers that there will be no result, which wakes them.
fn refuse(callers: Vec<(Box<dyn Pending>, Refused)>) {
    for (pending, refused) in callers {
        contained(|| pending.refuse(refused));
    }
}

#[cfg(test)]
mod tests;
