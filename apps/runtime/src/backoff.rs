//! How long to wait before something that failed is tried again.

use hexad::ports::Random;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
/// Whatever comes back is noticed well within the five seconds in which all has to be whole again.
const LONGEST: Duration = Duration::from_secs(2);

/// Waits that double from 100 ms to 2 s, each between a half and the whole of itself, so that many that failed
/// together do not come back together.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failure, and answers how long to wait after it.
    pub(crate) fn fail(&mut self, random: &dyn Random) -> Duration {
        let whole = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let mut byte = [0];
        random.fill(&mut byte);
        let [byte] = byte;
        whole / 2 + whole / 2 * u32::from(byte) / 255
    }

    /// Begins anew. Answers whether there was a failure before.
    pub(crate) fn succeed(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use hexad::ports::Random;
    use std::time::Duration;

    struct Bytes(u8);
    impl Random for Bytes {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_a_bound_and_begin_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.fail(&Bytes(255)).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 2000, 2000, 2000]);
        assert!(backoff.succeed() && !backoff.succeed());
        assert_eq!(backoff.fail(&Bytes(0)), Duration::from_millis(50));
    }

    #[test]
    fn any_number_of_failures_has_a_wait() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.fail(&Bytes(255)), Duration::from_secs(2));
    }
}
