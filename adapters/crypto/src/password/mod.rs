//! Passwords, hashed with PBKDF2-HMAC-SHA256.

mod derive;
mod line;
mod pool;
mod stored;

use async_trait::async_trait;
use derive::Secret;
use hexad_ports::{
    HashError, PasswordHasher, Random, Verdict,
    domain::{Password, PasswordHash},
};
use line::Limits;
use pool::Pool;
use std::{
    fmt, io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use stored::{SALT_BYTES, Stored};
use subtle::ConstantTimeEq;

/// The iterations of a new hash, unless a setting says otherwise: what OWASP's Password Storage Cheat Sheet asks of
/// PBKDF2-HMAC-SHA256.
pub const DEFAULT_ITERATIONS: u32 = 600_000;

/// The fewest iterations that a setting should allow. The hasher itself takes any count, for tests of what is not
/// about the cost.
pub const MIN_ITERATIONS: u32 = 100_000;

/// The most iterations that a stored hash may ask for (some seconds of work), and hence the most that a new one has.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// How much is hashed once at the start, to know the machine's speed: well under a millisecond.
const CALIBRATION: u32 = 2_000;

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
    /// How many passwords are hashed at a time, at least one.
    pub threads: usize,
    /// How many may wait at most, at least one: a bound on memory (some 300 bytes each), where `max_wait` bounds time.
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
/// A mismatch, an unknown user and an unreadable hash all cost the work of the present iterations; only a stored hash
/// of a higher cost takes longer. That holds while hashes are written for the originals too.
///
/// When it is dropped, what waits is refused, what runs is finished, and the threads end.
pub struct Pbkdf2Hasher {
    iterations: u32,
    write: WriteFormat,
    random: Arc<dyn Random>,
    pool: Pool,
}

impl Pbkdf2Hasher {
    /// Starts the threads. Salts are drawn from `random`.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn new(settings: &HashSettings, random: Arc<dyn Random>) -> io::Result<Self> {
        let limits = Limits {
            threads: settings.threads.max(1),
            waiting: settings.max_waiting.max(1),
            wait: settings.max_wait.max(SHORTEST_WAIT),
        };
        Ok(Pbkdf2Hasher {
            iterations: settings.iterations.clamp(1, MAX_ITERATIONS),
            write: settings.write,
            random,
            pool: Pool::start(limits, seconds_per_iteration())?,
        })
    }

    fn is_outdated(&self, stored: &Stored) -> bool {
        self.write == WriteFormat::Phc && stored.is_weaker_than_phc(self.iterations)
    }
}

#[async_trait]
impl PasswordHasher for Pbkdf2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let secret = Secret::of(password);
        match self.write {
            WriteFormat::Phc => {
                let iterations = self.iterations;
                let mut salt = [0; SALT_BYTES];
                self.random.fill(&mut salt);
                let make = move || written(&Stored::make_phc(&secret, &salt, iterations));
                self.pool.run(u64::from(iterations), make).await
            }
            WriteFormat::Originals => {
                let make = move || written(&Stored::make_originals(&secret));
                self.pool.run(stored::ORIGINALS_WORK, make).await
            }
        }
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let secret = Secret::of(password);
        let stored = stored.and_then(Stored::parse);
        let outdated = stored.as_ref().is_some_and(|stored| self.is_outdated(stored));
        let present = self.iterations;
        let work = stored.as_ref().map_or(0, Stored::work).max(u64::from(present));
        let matches = self.pool.run(work, move || compare(&secret, stored.as_ref(), present)).await?;
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

fn written(stored: &Stored) -> (PasswordHash, u64) {
    (stored.write(), stored.work())
}

/// Whether the hash is the password's, and the work that it took: for a no, at least that of `present` iterations.
fn compare(secret: &Secret, stored: Option<&Stored>, present: u32) -> (bool, u64) {
    let (matches, work) = match stored {
        None => (false, 0),
        Some(stored) => {
            let derived = secret.derive(&stored.salt, stored.iterations, stored.hash.len());
            (bool::from(derived.ct_eq(&stored.hash)), stored.work())
        }
    };
    let missing = u64::from(present).saturating_sub(work);
    match u32::try_from(missing) {
        Ok(missing) if !matches && missing > 0 => (false, work + secret.spend(missing)),
        _ => (matches, work),
    }
}

fn seconds_per_iteration() -> f64 {
    let secret = Secret::of(&Password::presented("how fast is this machine?"));
    let begun = Instant::now();
    let work = secret.spend(CALIBRATION);
    begun.elapsed().as_secs_f64() / work.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(password: &str) -> Secret {
        Secret::of(&Password::presented(password))
    }

    #[test]
    fn every_refusal_costs_the_present_work() {
        let wrong = secret("wrong");
        let cheap = Stored::make_phc(&secret("right"), &[7; 16], 10);
        let originals = Stored::make_originals(&secret("right"));
        assert_eq!(compare(&wrong, None, 5_000), (false, 5_000));
        assert_eq!(compare(&wrong, Some(&cheap), 5_000), (false, 5_000));
        assert_eq!(compare(&wrong, Some(&originals), 5_000), (false, 5_000));
        assert_eq!(compare(&wrong, Some(&cheap), 3), (false, 10), "a higher cost is what it is");
    }

    #[test]
    fn a_match_costs_its_own_work() {
        let originals = Stored::make_originals(&secret("right"));
        assert_eq!(compare(&secret("right"), Some(&originals), 5_000), (true, 2_000));
    }
}
