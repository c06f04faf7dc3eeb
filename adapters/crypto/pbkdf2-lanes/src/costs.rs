//! What each kernel costs, and which is the best for so many derivations.

use crate::{Kernel, Task};
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// How much better a kernel with more lanes has to be. With fewer lanes the first to come are done earlier.
const MARGIN: f64 = 1.1;

/// What a measurement is made of: of several short ones the shortest, as what disturbs only ever makes them longer.
const ROUNDS: usize = 7;
const ITERATIONS: u32 = 100;

/// A kernel, and the seconds that an iteration of all its lanes takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// The kernel.
    pub kernel: Kernel,
    /// Seconds for one iteration of all lanes, which is two compressions each.
    pub step: f64,
}

/// What each of some kernels costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs(Vec<Cost>);

impl Costs {
    /// Those of all kernels that this processor can run, measured once, in a few milliseconds.
    pub fn of_this_machine() -> &'static Self {
        static MEASURED: OnceLock<Costs> = OnceLock::new();
        MEASURED.get_or_init(|| Self::measure(&Kernel::available()))
    }

    /// Measures kernels, in a few milliseconds. Without any it is the portable one.
    #[must_use]
    pub fn measure(kernels: &[Kernel]) -> Self {
        Self::measure_at_length(kernels, ITERATIONS, ROUNDS)
    }

    /// Measures kernels, in turns, so many times for so many iterations each, and takes the shortest.
    #[must_use]
    pub fn measure_at_length(kernels: &[Kernel], iterations: u32, rounds: usize) -> Self {
        let kernels = if kernels.is_empty() { &[Kernel::PORTABLE] } else { kernels };
        let mut costs: Vec<Cost> =
            kernels.iter().map(|kernel| Cost { kernel: *kernel, step: f64::INFINITY }).collect();
        for _ in 0..rounds.max(1) {
            for cost in &mut costs {
                cost.step = cost.step.min(step(cost.kernel, iterations.max(1)));
            }
        }
        Self::new(costs)
    }

    /// Costs that are known already.
    #[must_use]
    pub fn new(mut costs: Vec<Cost>) -> Self {
        costs.sort_by_key(|cost| cost.kernel.lanes());
        Costs(costs)
    }

    /// All of them, those with fewer lanes first.
    #[must_use]
    pub fn all(&self) -> &[Cost] {
        &self.0
    }

    /// The kernel for so many derivations that can go on at once: the one that does the most in a second.
    #[must_use]
    pub fn choose(&self, derivations: usize) -> Kernel {
        self.best(derivations).map_or(Kernel::PORTABLE, |cost| cost.kernel)
    }

    /// The same, with its cost.
    pub(crate) fn best(&self, derivations: usize) -> Option<&Cost> {
        let lanes_and_steps = self.0.iter().map(|cost| (cost.kernel.lanes(), cost.step));
        self.0.get(pick(lanes_and_steps, derivations)?)
    }
}

/// Which of several, that have so many lanes and take so long for an iteration of all, suits so many derivations. Those
/// with fewer lanes come first.
fn pick(lanes_and_steps: impl Iterator<Item = (usize, f64)>, derivations: usize) -> Option<usize> {
    let rates = lanes_and_steps.map(|(lanes, step)| (lanes, lanes.min(derivations.max(1)) as f64 / step));
    let best = rates.enumerate().reduce(|best, next| {
        let ((_, (best_lanes, best_rate)), (_, (lanes, rate))) = (best, next);
        let margin = if lanes > best_lanes { MARGIN } else { 1.0 };
        if rate > margin * best_rate { next } else { best }
    });
    best.map(|(place, _)| place)
}

/// Seconds for an iteration of all lanes.
fn step(kernel: Kernel, iterations: u32) -> f64 {
    let task = || Task::new(b"how fast is this machine?", b"salt", iterations.saturating_add(1), 32).ok();
    let mut tasks: Vec<Task> = std::iter::repeat_with(task).take(kernel.lanes()).flatten().collect();
    let begun = Instant::now();
    kernel.finish(&mut tasks);
    // A clock that does not move would make it free.
    begun.elapsed().max(Duration::from_nanos(1)).as_secs_f64() / f64::from(iterations)
}

#[cfg(test)]
mod tests;
