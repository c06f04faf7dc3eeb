//! A hasher that costs nothing, and protects nothing.

use crate::{hex::hex, lock::lock};
use async_trait::async_trait;
use hexad_domain::{Password, PasswordHash};
use hexad_ports::{HashError, PasswordHasher, Random, Verdict};
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// One salted SHA-256: it keeps the contract of a password hasher but for its cost, so that whoever reads the hashes
/// tries a thousand million passwords a second. For tests and trials; real passwords want the hasher of
/// `hexad-crypto`.
///
/// What a real one does now and then, it does when told to: [`be_busy`](Self::be_busy), [`age`](Self::age).
pub struct UnprotectedHasher {
    random: Arc<dyn Random>,
    steering: Mutex<Steering>,
}

#[derive(Default)]
struct Steering {
    busy: Option<Duration>,
    age: u32,
    jobs: usize,
}

impl UnprotectedHasher {
    /// A hasher whose salts come from that source.
    pub fn new(random: Arc<dyn Random>) -> Self {
        UnprotectedHasher { random, steering: Mutex::default() }
    }

    /// From now on every password is refused with [`HashError::Busy`] and this `retry_after`; `None` ends that.
    pub fn be_busy(&self, retry_after: Option<Duration>) {
        lock(&self.steering).busy = retry_after;
    }

    /// From now on every hash that was made until now counts as outdated.
    pub fn age(&self) {
        lock(&self.steering).age += 1;
    }

    /// How many passwords were hashed or compared: what a real hasher would have worked for.
    pub fn jobs(&self) -> usize {
        lock(&self.steering).jobs
    }

    fn begin(&self) -> Result<u32, HashError> {
        let mut steering = lock(&self.steering);
        if let Some(retry_after) = steering.busy {
            return Err(HashError::Busy { retry_after });
        }
        steering.jobs += 1;
        Ok(steering.age)
    }
}

#[async_trait]
impl PasswordHasher for UnprotectedHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let age = self.begin()?;
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        Ok(PasswordHash::from_stored(written(age, &hex(&salt), password)))
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        let age = self.begin()?;
        let stored = stored.map(PasswordHash::expose).unwrap_or_default();
        let mut parts = stored.split('$');
        let (Some("unprotected"), Some(made), Some(salt)) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(Verdict::Mismatch);
        };
        match made.parse() {
            Ok(made) if written(made, salt, password) == stored => {
                Ok(Verdict::Match { outdated: made != age })
            }
            _ => Ok(Verdict::Mismatch),
        }
    }
}

fn written(age: u32, salt: &str, password: &Password) -> String {
    let digest =
        Sha256::new().chain_update(salt).chain_update(b"$").chain_update(password.expose()).finalize();
    format!("unprotected${age}${salt}${}", hex(&digest))
}
