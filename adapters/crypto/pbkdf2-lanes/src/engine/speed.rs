//! How fast each kernel really is, with all else that the machine has to do.

use crate::{Cost, Costs, Kernel};
use std::time::Duration;

/// How much time of work, in seconds, it takes for what was measured before to count a third.
const MEMORY: f64 = 1.0;

/// How much the costs that a kernel began with count, in seconds of work.
const TRUST: f64 = 0.1;

/// A kernel's iterations and the time that they took, what is older counting less.
struct Measured {
    kernel: Kernel,
    seconds: f64,
    iterations: f64,
}

/// The speed of each kernel, at first as it was measured alone.
pub(super) struct Speed {
    costs: Costs,
    measured: Vec<Measured>,
}

impl Speed {
    pub(super) fn new(costs: Costs) -> Self {
        let trusted =
            |cost: &Cost| Measured { kernel: cost.kernel, seconds: TRUST, iterations: TRUST / cost.step };
        let measured = costs.all().iter().map(trusted).collect();
        Speed { costs, measured }
    }

    /// The kernel for so many streams. That it does not follow what is measured keeps it from moving to and fro with
    /// every disturbance.
    pub(super) fn choose(&self, streams: usize) -> Kernel {
        self.costs.choose(streams)
    }

    /// The most lanes that any kernel has.
    pub(super) fn most_lanes(&self) -> usize {
        self.costs.all().iter().map(|cost| cost.kernel.lanes()).max().unwrap_or(1)
    }

    /// So many iterations of a kernel took so long.
    pub(super) fn record(&mut self, kernel: Kernel, iterations: u32, took: Duration) {
        let Some(measured) = self.measured.iter_mut().find(|measured| measured.kernel == kernel) else {
            return;
        };
        let kept = (-took.as_secs_f64() / MEMORY).exp();
        measured.seconds = measured.seconds * kept + took.as_secs_f64();
        measured.iterations = measured.iterations * kept + f64::from(iterations);
    }

    /// Iterations in a second, of all lanes of one thread that has so many streams.
    pub(super) fn rate(&self, streams: usize) -> f64 {
        let lanes = self.choose(streams).lanes().min(streams.max(1));
        lanes as f64 * self.rate_of_lane(streams)
    }

    /// Iterations in a second, of each lane of a thread that has so many streams.
    pub(super) fn rate_of_lane(&self, streams: usize) -> f64 {
        let kernel = self.choose(streams);
        let measured = self.measured.iter().find(|measured| measured.kernel == kernel);
        measured.map_or(1.0, |measured| measured.iterations / measured.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The portable kernel at 1,000 iterations a second.
    fn speed() -> Speed {
        Speed::new(Costs::new(vec![Cost { kernel: Kernel::PORTABLE, step: 0.001 }]))
    }

    #[test]
    fn it_begins_with_what_was_measured_before() {
        assert!((speed().rate(1) - 1_000.0).abs() < 0.1);
        assert!((speed().rate(100) - 1_000.0).abs() < 0.1, "one lane is one lane");
    }

    #[test]
    fn it_follows_what_is_measured() {
        let mut speed = speed();
        for _ in 0..100 {
            speed.record(Kernel::PORTABLE, 10, Duration::from_millis(100));
        }
        assert!((speed.rate(1) - 100.0).abs() < 1.0, "{}", speed.rate(1));
    }

    #[test]
    fn a_short_disturbance_counts_for_no_more_than_its_time() {
        let mut speed = speed();
        for _ in 0..1_000 {
            speed.record(Kernel::PORTABLE, 10, Duration::from_millis(10));
        }
        speed.record(Kernel::PORTABLE, 1, Duration::from_millis(30));
        assert!(speed.rate(1) > 950.0, "{}", speed.rate(1));
    }
}
