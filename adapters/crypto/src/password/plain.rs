//! Passwords hashed by the `pbkdf2` crate alone, one at a time on each thread: what `pbkdf2-lanes` is measured against.

use super::{HashSettings, MAX_ITERATIONS, Stored, stored::SALT_BYTES};
use async_trait::async_trait;
use futures_channel::oneshot;
use hexad_ports::{
    HashError, PasswordHasher, Random, Verdict,
    domain::{Password, PasswordHash},
};
use sha2::Sha256;
use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

type Job = Box<dyn FnOnce() + Send>;

/// Hashes passwords in the PHC format with the `pbkdf2` crate, for measurements.
pub struct PlainHasher {
    iterations: u32,
    random: Arc<dyn Random>,
    jobs: SyncSender<Job>,
}

impl PlainHasher {
    /// Starts the threads, which end when it is dropped.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn new(settings: &HashSettings, random: Arc<dyn Random>) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(settings.max_waiting.max(1));
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..settings.threads.max(1) {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name(format!("hexad-plain-{number}")).spawn(move || serve(&waiting))?;
        }
        Ok(PlainHasher { iterations: settings.iterations.clamp(1, MAX_ITERATIONS), random, jobs })
    }

    async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let busy = |()| HashError::Busy { retry_after: Duration::from_secs(1) };
        let (answer, result) = oneshot::channel();
        let job = Box::new(move || drop(answer.send(job())));
        self.jobs.try_send(job).map_err(|_| busy(()))?;
        result.await.map_err(|_| busy(()))
    }
}

fn serve(waiting: &Mutex<Receiver<Job>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

fn derive(key: &[u8], salt: &[u8], iterations: u32, bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut derived = Zeroizing::new(vec![0; bytes]);
    pbkdf2::pbkdf2_hmac::<Sha256>(key, salt, iterations, &mut derived);
    derived
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let key = Zeroizing::new(password.expose().to_vec());
        let mut salt = [0; SALT_BYTES];
        self.random.fill(&mut salt);
        let iterations = self.iterations;
        self.run(move || Stored::phc(derive(&key, &salt, iterations, 32), &salt, iterations).write()).await
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let key = Zeroizing::new(password.expose().to_vec());
        let stored = stored.and_then(Stored::parse);
        let outdated = stored.as_ref().is_some_and(|stored| stored.is_weaker_than_phc(self.iterations));
        let present = self.iterations;
        let matches = move || {
            let Some(stored) = stored else {
                derive(&key, b"work for nothing", present, 32);
                return false;
            };
            let derived = derive(&key, &stored.salt, stored.iterations, stored.hash.len());
            bool::from(derived.ct_eq(&stored.hash))
        };
        Ok(if self.run(matches).await? { Verdict::Match { outdated } } else { Verdict::Mismatch })
    }
}

impl fmt::Debug for PlainHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainHasher").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pbkdf2Hasher;
    use pollster::block_on;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    /// What is compared in measurements does the same.
    #[test]
    fn it_makes_and_takes_the_same_hashes() {
        let settings = HashSettings { iterations: 100, threads: 1, ..HashSettings::default() };
        let plain = PlainHasher::new(&settings, Arc::new(Sevens)).unwrap();
        let lanes = Pbkdf2Hasher::new(&settings, Arc::new(Sevens)).unwrap();
        let (right, wrong) = (Password::presented("right"), Password::presented("wrong"));
        let made = block_on(plain.hash(&right)).unwrap();
        assert_eq!(made, block_on(lanes.hash(&right)).unwrap());
        let verdict = |password, stored| block_on(plain.verify(password, stored)).unwrap();
        assert_eq!(verdict(&right, Some(&made)), Verdict::Match { outdated: false });
        assert_eq!(verdict(&wrong, Some(&made)), Verdict::Mismatch);
        assert_eq!(verdict(&right, None), Verdict::Mismatch);
    }
}
