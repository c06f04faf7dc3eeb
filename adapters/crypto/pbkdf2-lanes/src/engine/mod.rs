//! Derivations for many callers, on threads of the engine's own.

mod account;
mod batch;
mod job;
mod pending;
mod refused;
mod schedule;
mod speed;
mod ticket;
mod worker;

pub use account::Account;
pub use pending::Next;
pub use refused::{Reason, Refused};
pub use ticket::Ticket;

use crate::{Costs, Derived, Kernel, Task};
use futures_channel::oneshot;
use pending::{Call, Pending};
use schedule::{Limits, Schedule};
use std::{
    fmt, io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use worker::Shared;

/// How an engine works, and how many may wait for it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many threads there are, at least one and at most [`Settings::MAX_THREADS`].
    pub threads: usize,
    /// How many derivations may wait for their turn, at least one: a bound on memory, where `max_wait` bounds time. One
    /// takes some 400 bytes, and 150 more for each block of 32 bytes after the first: 5 KiB for the longest.
    pub max_waiting: usize,
    /// How long one may have to wait for its turn. Whoever would wait longer is refused at once; whoever has waited
    /// longer, when the turn comes.
    pub max_wait: Duration,
    /// How many of one account may wait and run, at least one.
    pub max_of_account: usize,
    /// The threads' names are this, which has no NUL in it, with a number.
    pub thread_name: String,
    /// The kernels to choose from; `None`: all that the processor can run.
    pub kernels: Option<Vec<Kernel>>,
}

impl Settings {
    /// The most threads of an engine.
    pub const MAX_THREADS: usize = 4_096;

    /// What cannot be brought within its bounds, as it must be a mistake.
    fn check(&self) -> io::Result<()> {
        let invalid = |what| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        if self.threads > Self::MAX_THREADS {
            return invalid("more threads than an engine may have");
        }
        if self.thread_name.contains('\0') {
            return invalid("a thread's name cannot have a NUL in it");
        }
        Ok(())
    }
}

impl Default for Settings {
    /// One thread for each core, 1,024 places and a wait of 5 seconds, four places for an account, every kernel.
    fn default() -> Self {
        Settings {
            threads: thread::available_parallelism().map_or(1, usize::from),
            max_waiting: 1_024,
            max_wait: Duration::from_secs(5),
            max_of_account: 4,
            thread_name: "pbkdf2".to_owned(),
            kernels: None,
        }
    }
}

/// Who asks, and how much it may come to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request {
    /// For whom it is. Without an account there is no bound but the engine's.
    pub account: Option<Account>,
    /// The work to reckon with, in iterations of one lane, where what follows the first derivation may be more. At
    /// least the task's own is counted.
    pub work: u64,
}

/// Threads that derive, several at a time each, and the queue before them.
///
/// Who comes first is served first. A derivation takes a lane when one is free and leaves it when it is done: threads
/// work in slices, between which derivations come, go, and move from kernel to kernel as the number of them asks. A
/// lone one has a core for itself; one whose [`Ticket`] was dropped is given up.
///
/// When the engine is dropped, what waits is refused, what has begun is finished, and the threads end;
/// [`Engine::close`] does the same and lets one wait for it.
///
/// ```
/// use pbkdf2_lanes::{Engine, Request, Settings, Task};
///
/// let engine = Engine::start(Settings { threads: 2, ..Settings::default() })?;
/// let tickets: Vec<_> = [("passwd", "salt", 1), ("Password", "NaCl", 80_000)]
///     .into_iter()
///     .map(|(password, salt, iterations)| {
///         let task = Task::new(password.as_bytes(), salt.as_bytes(), iterations, 64)?;
///         Ok(engine.derive(task, Request::default())?)
///     })
///     .collect::<Result<_, Box<dyn std::error::Error>>>()?;
/// for (ticket, first) in tickets.into_iter().zip([0x55, 0x4d]) {
///     assert_eq!(ticket.wait()?[0], first);
/// }
/// engine.close().wait();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads, and measures the kernels, which takes a few milliseconds once in a process.
    ///
    /// # Errors
    /// Where the system gives no thread, and with [`io::ErrorKind::InvalidInput`] where none could have such a name or
    /// there would be too many.
    pub fn start(settings: Settings) -> io::Result<Self> {
        settings.check()?;
        let threads = settings.threads.max(1);
        let costs = match &settings.kernels {
            None => Costs::of_this_machine().clone(),
            Some(kernels) => Costs::measure(kernels),
        };
        let limits = Limits {
            threads,
            waiting: settings.max_waiting.max(1),
            wait: settings.max_wait,
            of_account: settings.max_of_account.max(1),
        };
        let shared = Arc::new(Shared::new(Schedule::new(limits, costs)));
        let mut engine = Engine { shared, threads: Vec::with_capacity(threads) };
        for number in 0..threads {
            let shared = Arc::clone(&engine.shared);
            let thread = thread::Builder::new().name(format!("{}-{number}", settings.thread_name));
            // Where one is not to be had, those that there are end as the engine is dropped.
            engine.threads.push(thread.spawn(move || shared.serve())?);
        }
        Ok(engine)
    }

    /// Makes a derivation.
    ///
    /// # Errors
    /// Where it would wait too long, or for want of a place.
    pub fn derive(&self, task: Task, request: Request) -> Result<Ticket<Derived>, Refused> {
        self.run(task, request, Next::Done)
    }

    /// Makes a derivation, and what follows from it: a result of any kind, or a further derivation, which needs no new
    /// place in the queue. The function runs on one of the engine's threads, and must not block it.
    ///
    /// # Errors
    /// Where it would wait too long, or for want of a place.
    pub fn run<T: Send + 'static>(
        &self,
        task: Task,
        request: Request,
        then: impl FnOnce(Derived) -> Next<T> + Send + 'static,
    ) -> Result<Ticket<T>, Refused> {
        let (answer, ticket) = oneshot::channel();
        let call: Box<dyn Pending> = Box::new(Call { then: Box::new(then), answer });
        self.shared.enter(task, request, call, Instant::now())?;
        Ok(Ticket::new(ticket))
    }

    /// When it is worth coming again: how long what is there now will take, by the speed that was measured.
    #[must_use]
    pub fn busy_for(&self) -> Duration {
        self.shared.lock().busy_for()
    }

    /// Refuses what waits, and lets the threads end when they have finished what has begun.
    #[must_use = "the threads end in their own time; `wait` waits for them"]
    pub fn close(mut self) -> Closing {
        self.shared.close();
        Closing { threads: std::mem::take(&mut self.threads) }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The threads are not waited for: whoever drops it may be an async task.
        self.shared.close();
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

/// The threads of an engine that was closed.
#[derive(Debug)]
pub struct Closing {
    threads: Vec<JoinHandle<()>>,
}

impl Closing {
    /// Waits until the last of them has ended.
    pub fn wait(self) {
        for thread in self.threads {
            // What panics on them is caught before.
            drop(thread.join());
        }
    }
}
