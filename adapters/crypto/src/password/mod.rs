//! Passwords, hashed with PBKDF2-HMAC-SHA256.

mod busy;
#[cfg(any(test, feature = "plain"))]
mod plain;
mod stored;
mod work;

use async_trait::async_trait;
use busy::{busy, cannot};
use hexad_ports::{
    HashError, PasswordHasher, Random, Verdict,
    domain::{Password, PasswordHash},
};
use pbkdf2_lanes::{Derived, Engine, Invalid, Next, Request, Settings, Task};
use std::{fmt, io, sync::Arc, thread, time::Duration};
use stored::{SALT_BYTES, Stored};
use work::Check;

#[cfg(any(test, feature = "plain"))]
pub use plain::PlainHasher;

/// The iterations of a new hash, unless a setting says otherwise: what OWASP's Password Storage Cheat Sheet asks of
/// PBKDF2-HMAC-SHA256.
pub const DEFAULT_ITERATIONS: u32 = 600_000;

/// The fewest iterations that a setting should allow. The hasher itself takes any count, for tests of what is not
/// about the cost.
pub const MIN_ITERATIONS: u32 = 100_000;

/// The most iterations that a stored hash may ask for (some seconds of work), and hence the most that a new one has.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// The least that `max_wait` is brought to.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// What new hashes are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteFormat {
    /// The PHC string format, `$pbkdf2-sha256$i=600000,l=32$salt$hash`. Hashes of other formats or of a lower cost are
    /// outdated.
    #[default]
    Phc,
    /// The 128 hexadecimal digits of the originals, for as long as one of them reads the same users. They are weak
    /// (one salt for all, 1,000 iterations); no hash is ever called outdated then.
    Originals,
}

/// How passwords are hashed, and how many may wait for it.
#[derive(Debug, Clone)]
pub struct HashSettings {
    /// The iterations of a new hash in the PHC format, 1 to [`MAX_ITERATIONS`] (brought within if they are not). A
    /// refusal costs at least as many, whatever the stored hash.
    pub iterations: u32,
    /// What new hashes are written as.
    pub write: WriteFormat,
    /// How many threads hash passwords, at least one; each has several in hand where many wait.
    pub threads: usize,
    /// How many may wait at most, at least one: a bound on memory (some 500 bytes each), where `max_wait` bounds time.
    pub max_waiting: usize,
    /// How long one may have to wait, at least a tenth of a second (less would refuse even where a thread is free, on
    /// a machine that is slow to wake it). Whoever would wait longer is refused at once; whoever has waited longer, when
    /// the turn comes.
    pub max_wait: Duration,
}

impl Default for HashSettings {
    /// OWASP's cost, one thread for each core, and a wait of 5 seconds.
    fn default() -> Self {
        HashSettings {
            iterations: DEFAULT_ITERATIONS,
            write: WriteFormat::default(),
            threads: thread::available_parallelism().map_or(1, usize::from),
            max_waiting: 1_024,
            max_wait: Duration::from_secs(5),
        }
    }
}

/// Hashes passwords and compares them with hashes, on threads of its own behind a bounded queue that both share.
///
/// Read are PHC strings of PBKDF2-HMAC-SHA256 (1 to [`MAX_ITERATIONS`] iterations, 8 to 64 bytes of salt, 16 to 64
/// bytes of hash) and the originals' 128 hexadecimal digits. Anything else is a mismatch.
///
/// A mismatch, an unknown user and an unreadable hash all cost the present iterations, one after the other; only a stored
/// hash of more iterations takes longer, and one of more than 32 bytes more work. That holds while hashes are written for
/// the originals too.
///
/// When it is dropped, what waits is refused, what has begun is finished, and the threads end.
pub struct Pbkdf2Hasher {
    iterations: u32,
    write: WriteFormat,
    random: Arc<dyn Random>,
    engine: Engine,
}

impl Pbkdf2Hasher {
    /// Starts the threads. Salts are drawn from `random`.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn new(settings: &HashSettings, random: Arc<dyn Random>) -> io::Result<Self> {
        let engine = Engine::start(Settings {
            threads: settings.threads,
            max_waiting: settings.max_waiting,
            max_wait: settings.max_wait.max(SHORTEST_WAIT),
            thread_name: "hexad-hash".to_owned(),
            ..Settings::default()
        })?;
        Ok(Pbkdf2Hasher {
            iterations: settings.iterations.clamp(1, MAX_ITERATIONS),
            write: settings.write,
            random,
            engine,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        task: Task,
        work: u64,
        then: impl FnOnce(Derived) -> Next<T> + Send + 'static,
    ) -> Result<T, HashError> {
        // No account: the port names none for a user who does not exist, and who does must not show by a bound.
        let request = Request { account: None, work };
        let ticket = self.engine.run(task, request, then).map_err(busy)?;
        ticket.await.map_err(busy)
    }

    async fn make(
        &self,
        task: Result<Task, Invalid>,
        made: impl FnOnce(Derived) -> Stored + Send + 'static,
    ) -> Result<PasswordHash, HashError> {
        let then = move |derived| Next::Done(made(derived).write());
        self.run(task.map_err(cannot)?, 0, then).await
    }

    fn is_outdated(&self, stored: &Stored) -> bool {
        self.write == WriteFormat::Phc && stored.is_weaker_than_phc(self.iterations)
    }
}

#[async_trait]
impl PasswordHasher for Pbkdf2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        match self.write {
            WriteFormat::Phc => {
                let iterations = self.iterations;
                let mut salt = [0; SALT_BYTES];
                self.random.fill(&mut salt);
                let task = Stored::phc_task(password, &salt, iterations);
                self.make(task, move |derived| Stored::phc(derived, &salt, iterations)).await
            }
            WriteFormat::Originals => self.make(Stored::originals_task(password), Stored::originals).await,
        }
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let stored = stored.and_then(Stored::parse);
        let outdated = stored.as_ref().is_some_and(|stored| self.is_outdated(stored));
        let check = Check::new(password, stored, self.iterations).map_err(cannot)?;
        let work = check.work;
        let (task, then) = check.begin();
        let matches = self.run(task, work, then).await?;
        Ok(if matches { Verdict::Match { outdated } } else { Verdict::Mismatch })
    }
}

impl fmt::Debug for Pbkdf2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pbkdf2Hasher")
            .field("iterations", &self.iterations)
            .field("write", &self.write)
            .finish_non_exhaustive()
    }
}
