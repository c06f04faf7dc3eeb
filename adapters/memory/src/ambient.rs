//! A clock and a random source that are steered.

use crate::lock::lock;
use hexad_domain::Timestamp;
use hexad_ports::{Clock, Random};
use sha2::{Digest, Sha256};
use std::{sync::Mutex, time::Duration};

/// A clock that stands still until it is moved.
///
/// ```
/// use hexad_memory::ManualClock;
/// use hexad_ports::{Clock, domain::Timestamp};
/// use std::time::Duration;
///
/// let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
/// clock.advance(Duration::from_millis(1_500));
/// assert_eq!(clock.now().rfc3339_millis(), "1970-01-01T00:00:01.500Z");
/// ```
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at that moment.
    pub const fn at(moment: Timestamp) -> Self {
        ManualClock(Mutex::new(moment))
    }

    /// Moves to that moment, forwards or backwards.
    pub fn set(&self, moment: Timestamp) {
        *lock(&self.0) = moment;
    }

    /// Moves on by so much, in whole microseconds; at most to [`Timestamp::MAX`].
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.0);
        *now = now.saturating_add(by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

/// Bytes that look random and are the same for the same seed, on every machine and in every release: SHA-256 of the
/// seed and a counter. Whoever knows the seed knows them all, so nothing that must be secret can be made of them.
///
/// ```
/// use hexad_memory::SeededRandom;
/// use hexad_ports::Random;
///
/// let (mut one, mut other) = ([0; 16], [0; 16]);
/// SeededRandom::new(7).fill(&mut one);
/// SeededRandom::new(7).fill(&mut other);
/// assert_eq!(one, other);
/// ```
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    blocks: Mutex<u64>,
}

impl SeededRandom {
    /// Begins the sequence of that seed.
    pub const fn new(seed: u64) -> Self {
        SeededRandom { seed, blocks: Mutex::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        // Held throughout: what one call gives is one stretch of the sequence.
        let mut blocks = lock(&self.blocks);
        for piece in buffer.chunks_mut(32) {
            let block = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(blocks.to_le_bytes())
                .finalize();
            piece.iter_mut().zip(block).for_each(|(byte, random)| *byte = random);
            *blocks = blocks.wrapping_add(1);
        }
    }
}
