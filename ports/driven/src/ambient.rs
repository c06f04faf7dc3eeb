//! Time, randomness, and whether a part is there.

use crate::Unavailable;
use async_trait::async_trait;
use hexad_domain::Timestamp;

/// The time of day.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// A source of random bytes for ids and secrets.
pub trait Random: Send + Sync {
    /// Fills the buffer. A production adapter MUST draw from the operating system's generator.
    fn fill(&self, buffer: &mut [u8]);
}

/// Answers whether a store or a broker is there.
#[async_trait]
pub trait Probe: Send + Sync {
    /// MUST go to the part itself and come back (no cached answer), and MUST answer within a few seconds.
    /// The answer is the part's own clock, where it has one, else the adapter's.
    async fn check(&self) -> Result<Timestamp, Unavailable>;
}
