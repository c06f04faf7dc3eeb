//! How long to wait before the broker is tried again.

use hexad_ports::Random;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);

/// Waits that double from 100 ms to the longest, each between a half and the whole of itself, so that the programs
/// that lost a broker together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(longest: Duration) -> Self {
        Backoff { longest, failures: 0 }
    }

    /// Counts a failure, and answers how long to wait after it.
    pub(crate) fn fail(&mut self, random: &dyn Random) -> Duration {
        let whole = FIRST.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let mut byte = [0];
        random.fill(&mut byte);
        let [byte] = byte;
        whole / 2 + whole / 2 * u32::from(byte) / 255
    }

    /// Begins anew.
    pub(crate) fn succeed(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);
    impl Random for Bytes {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_a_bound_and_begin_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(2));
        let waits: Vec<_> = (0..7).map(|_| backoff.fail(&Bytes(255)).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 2000, 2000]);
        backoff.succeed();
        assert_eq!(backoff.fail(&Bytes(0)), Duration::from_millis(50));
    }

    #[test]
    fn any_number_of_failures_has_a_wait() {
        let mut backoff = Backoff { longest: Duration::from_secs(2), failures: u32::MAX };
        assert_eq!(backoff.fail(&Bytes(255)), Duration::from_secs(2));
    }
}
