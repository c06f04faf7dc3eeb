//! Whether what was found is what is promised.

use std::time::Duration;

/// How slow a route that hashes nothing may be while logins wait, for 99 of 100 requests.
const P99: Duration = Duration::from_millis(250);

/// How far from the truth a Retry-After may be, either way.
const FACTOR: f64 = 2.0;

/// What became of more logins at once than can be hashed in time.
pub(crate) struct Excess {
    /// What the refused were told, as multiples of what it took: the least and the most.
    pub(crate) told: (f64, f64),
    /// How many of the refused came again when they were told to, and how many of those were granted.
    pub(crate) again: usize,
    pub(crate) granted: usize,
}

/// What was found.
pub(crate) struct Found {
    /// How many times more logins there are than with the `pbkdf2` crate.
    pub(crate) ratio: f64,
    /// The slowest p99 of a route that hashes nothing.
    pub(crate) slowest: Duration,
    /// `None`: nobody was refused, so that nothing is known.
    pub(crate) excess: Option<Excess>,
}

impl Found {
    /// What is not as it is promised, where so many times more logins are.
    pub(crate) fn failures(&self, ratio: f64) -> Vec<String> {
        let mut failures = vec![];
        let mut unless = |is_kept: bool, failure: String| {
            if !is_kept {
                failures.push(failure);
            }
        };
        unless(self.ratio >= ratio, format!("{:.2} × the logins are not {ratio} ×", self.ratio));
        unless(
            self.slowest < P99,
            format!("a p99 of {} ms is not under {} ms", millis(self.slowest), millis(P99)),
        );
        match &self.excess {
            None => unless(false, "nobody was refused: ask for a larger --burst".to_owned()),
            Some(Excess { told: (least, most), again, granted }) => {
                let is_right = *least >= 1.0 / FACTOR && *most <= FACTOR;
                unless(
                    is_right,
                    format!("a Retry-After of {least:.2} to {most:.2} times the truth is not right"),
                );
                unless(again == granted, format!("of {again} who came again {granted} were granted"));
            }
        }
        failures
    }
}

fn millis(time: Duration) -> u128 {
    time.as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
        let excess = Excess { told: (0.5, 2.0), again: 7, granted: 7 };
        Found { ratio: 2.5, slowest: Duration::from_millis(249), excess: Some(excess) }
    }

    #[test]
    fn what_is_just_as_promised_is_right() {
        assert_eq!(found().failures(2.5), [""; 0]);
    }

    #[test]
    fn each_promise_that_is_not_kept_is_a_failure() {
        let excess =
            |told, again, granted| Found { excess: Some(Excess { told, again, granted }), ..found() };
        for found in [
            Found { ratio: 2.49, ..found() },
            Found { ratio: f64::NAN, ..found() },
            Found { slowest: Duration::from_millis(250), ..found() },
            Found { excess: None, ..found() },
            excess((0.49, 1.0), 7, 7),
            excess((1.0, 2.01), 7, 7),
            excess((1.0, f64::INFINITY), 7, 7),
            excess((1.0, 1.0), 7, 6),
        ] {
            assert_eq!(found.failures(2.5).len(), 1);
        }
    }
}
