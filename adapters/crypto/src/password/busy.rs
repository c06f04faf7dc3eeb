//! What a refusal by the engine is to a caller.

use hexad_ports::HashError;
use pbkdf2_lanes::{Invalid, Reason, Refused};
use std::time::Duration;

/// What a refusal asks for at least and at most: less would only bring the client back too early, and after more the
/// estimate is worth nothing.
const SHORTEST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(120);

/// Whatever the reason, the caller may try again: when what is there now is done, in whole seconds.
pub(super) fn busy(refused: Refused) -> HashError {
    if refused.reason == Reason::Failed {
        tracing::error!("hashing a password panicked");
    }
    let wait = refused.retry_after;
    let whole = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    HashError::Busy { retry_after: Duration::from_secs(whole).clamp(SHORTEST_RETRY, LONGEST_RETRY) }
}

/// Parameters that cannot be: settings and stored hashes are bounded before they come here.
pub(super) fn cannot(invalid: Invalid) -> HashError {
    tracing::error!(error = %invalid, "a password cannot be hashed");
    HashError::Busy { retry_after: LONGEST_RETRY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_1_to_120_whole_seconds() {
        for (wait, seconds) in [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 1),
            (Duration::from_secs(1), 1),
            (Duration::from_millis(5_500), 6),
            (Duration::from_secs(119), 119),
            (Duration::from_millis(119_001), 120),
            (Duration::MAX, 120),
        ] {
            let refused = Refused { reason: Reason::TooLong, retry_after: wait };
            let retry_after = Duration::from_secs(seconds);
            assert_eq!(busy(refused), HashError::Busy { retry_after }, "{wait:?}");
        }
    }
}
