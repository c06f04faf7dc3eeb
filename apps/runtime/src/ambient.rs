//! The time of day and the operating system's random bytes: the one place where either enters.

use hexad::domain::Timestamp;
use hexad::ports::{Clock, Random};
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::UNIX_EPOCH.saturating_add(since_epoch)
    }
}

/// The random bytes of the operating system.
///
/// Where it has none to give, the process aborts: ids and secrets that somebody could guess are worse than none.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the Random port")]
        let filled = getrandom::fill(buffer);
        if let Err(error) = filled {
            tracing::error!(%error, "the operating system has no random bytes");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, OsRandom, Random, SystemClock};
    use hexad::domain::Timestamp;
    use hexad_contract::RandomHarness;
    use std::sync::Arc;

    #[test]
    fn the_clock_tells_a_present_in_microseconds() {
        let now = SystemClock.now();
        assert!(now > Timestamp::parse("2026-01-01").unwrap());
        assert!(SystemClock.now() >= now);
    }

    struct OfTheSystem;

    async fn of_the_system() -> OfTheSystem {
        OfTheSystem
    }

    impl RandomHarness for OfTheSystem {
        fn random(&self) -> Arc<dyn Random> {
            Arc::new(OsRandom)
        }
    }

    hexad_contract::random!(of_the_system);
}
