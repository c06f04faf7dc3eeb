//! Threads that work off a bounded queue.

use super::line::{Limits, Line};
use futures_channel::oneshot;
use hexad_ports::HashError;
use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Instant,
};

/// A job's result, and how much work it really was.
pub(super) type Outcome<T> = (T, u64);

/// Threads, and the queue before them. When it is dropped, what waits is refused, what runs is finished, and the
/// threads end.
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    line: Line,
    waiting: VecDeque<Waiting>,
    closed: bool,
}

struct Waiting {
    job: Box<dyn Job>,
    work: u64,
    since: Instant,
}

impl Pool {
    /// Starts the threads. `pace` is the first estimate of the seconds that a unit of work takes.
    pub(super) fn start(limits: Limits, pace: f64) -> io::Result<Self> {
        let state = State { line: Line::new(limits, pace), waiting: VecDeque::new(), closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new() });
        let mut pool = Pool { shared, threads: Vec::with_capacity(limits.threads) };
        for number in 0..limits.threads {
            let shared = Arc::clone(&pool.shared);
            let thread = thread::Builder::new().name(format!("hexad-hash-{number}"));
            pool.threads.push(thread.spawn(move || shared.serve())?);
        }
        Ok(pool)
    }

    /// Has a job run on one of the threads. If the future is dropped before the job's turn comes, it is not run.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: u64,
        job: impl FnOnce() -> Outcome<T> + Send + 'static,
    ) -> Result<T, HashError> {
        let answer = self.enqueue(Instant::now(), work, job)?;
        // A job that panicked gives no answer. Its thread goes on, and the caller may well try again.
        answer.await.unwrap_or_else(|_| Err(self.shared.lock().busy()))
    }

    fn enqueue<T: Send + 'static>(
        &self,
        since: Instant,
        work: u64,
        job: impl FnOnce() -> Outcome<T> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, HashError>>, HashError> {
        let mut state = self.shared.lock();
        if !state.line.has_room() {
            state.forget_abandoned();
        }
        if state.closed || !state.line.has_room() {
            return Err(state.busy());
        }
        let (sender, receiver) = oneshot::channel();
        state.line.enter(work);
        state.waiting.push_back(Waiting { job: Box::new(Call { job, answer: sender }), work, since });
        drop(state);
        self.shared.wake.notify_one();
        Ok(receiver)
    }

    /// Refuses what waits, and lets the threads end when they have finished what runs.
    fn close(&mut self) -> Vec<JoinHandle<()>> {
        let mut state = self.shared.lock();
        state.closed = true;
        let busy = state.busy();
        let waiting = std::mem::take(&mut state.waiting);
        for task in &waiting {
            state.line.leave(task.work);
        }
        drop(state);
        self.shared.wake.notify_all();
        for task in waiting {
            task.job.refuse(busy.clone());
        }
        std::mem::take(&mut self.threads)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Not joined: whoever drops it may be an async task, which a running hash would hold up.
        drop(self.close());
    }
}

impl State {
    fn busy(&self) -> HashError {
        HashError::Busy { retry_after: self.line.retry_after() }
    }

    /// Makes room: callers that have gone need no answer.
    fn forget_abandoned(&mut self) {
        let line = &mut self.line;
        self.waiting.retain(|task| {
            let wanted = task.job.is_wanted();
            if !wanted {
                line.leave(task.work);
            }
            wanted
        });
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under the lock, so the state is whole even if somebody panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does until the pool is closed.
    fn serve(&self) {
        while let Some(task) = self.next() {
            let begun = Instant::now();
            let done = catch_unwind(AssertUnwindSafe(|| task.job.run()));
            if done.is_err() {
                tracing::error!("hashing a password panicked");
            }
            self.lock().line.end(task.work, done.unwrap_or(0), begun.elapsed());
        }
    }

    /// Waits for a job whose caller is still there and has not waited too long; `None` when the pool is closed.
    fn next(&self) -> Option<Waiting> {
        let mut state = self.lock();
        loop {
            let Some(task) = state.waiting.pop_front() else {
                if state.closed {
                    return None;
                }
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if !task.job.is_wanted() {
                state.line.leave(task.work);
            } else if state.line.is_late(task.since.elapsed()) {
                state.line.leave(task.work);
                let busy = state.busy();
                drop(state);
                task.job.refuse(busy);
                state = self.lock();
            } else {
                state.line.begin();
                return Some(task);
            }
        }
    }
}

/// A job of any type of result, with the caller who waits for it.
trait Job: Send {
    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;
    /// Runs it, answers, and tells how much work it was.
    fn run(self: Box<Self>) -> u64;
    /// Answers without running it.
    fn refuse(self: Box<Self>, busy: HashError);
}

struct Call<T, F> {
    job: F,
    answer: oneshot::Sender<Result<T, HashError>>,
}

impl<T: Send, F: FnOnce() -> Outcome<T> + Send> Job for Call<T, F> {
    fn is_wanted(&self) -> bool {
        !self.answer.is_canceled()
    }

    fn run(self: Box<Self>) -> u64 {
        let (result, done) = (self.job)();
        // Where the caller has gone meanwhile, nobody misses the answer.
        drop(self.answer.send(Ok(result)));
        done
    }

    fn refuse(self: Box<Self>, busy: HashError) {
        drop(self.answer.send(Err(busy)));
    }
}

#[cfg(test)]
mod tests;
