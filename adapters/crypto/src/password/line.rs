//! The accounts of the queue: how much work waits, how long that takes, and who is let in.

use std::time::Duration;

/// What a refusal asks for at least and at most: less would only bring the client back too early, and after more the
/// estimate is worth nothing.
const SHORTEST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(120);

/// How much the newest measurement counts in the moving average of the speed.
const WEIGHT: f64 = 0.2;

/// The bounds of a queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many threads serve it.
    pub(super) threads: usize,
    /// How many jobs may wait.
    pub(super) waiting: usize,
    /// How long a job may have to wait.
    pub(super) wait: Duration,
}

/// Counts jobs, and their work in units of which each takes about as long as any other.
pub(super) struct Line {
    limits: Limits,
    /// Seconds that a unit takes: an exponentially weighted moving average.
    pace: f64,
    waiting: usize,
    running: usize,
    /// The work of all that wait and run.
    work: u64,
}

impl Line {
    /// An empty queue; `pace` is the first estimate of how many seconds a unit takes.
    pub(super) fn new(limits: Limits, pace: f64) -> Self {
        Line { limits, pace, waiting: 0, running: 0, work: 0 }
    }

    /// How long a job that came now would wait. What runs counts as if it had just begun.
    fn expected_wait(&self) -> Duration {
        if self.waiting + self.running < self.limits.threads {
            return Duration::ZERO;
        }
        let seconds = self.work as f64 * self.pace / self.limits.threads.max(1) as f64;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// When it is worth coming again: when the present queue is done, in whole seconds.
    pub(super) fn retry_after(&self) -> Duration {
        let wait = self.expected_wait();
        let whole = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
        Duration::from_secs(whole).clamp(SHORTEST_RETRY, LONGEST_RETRY)
    }

    /// Whether another job may come in.
    pub(super) fn has_room(&self) -> bool {
        self.waiting < self.limits.waiting && self.expected_wait() <= self.limits.wait
    }

    /// Whether a job that has waited so long is too late for its caller.
    pub(super) fn is_late(&self, waited: Duration) -> bool {
        waited > self.limits.wait
    }

    /// A job comes in.
    pub(super) fn enter(&mut self, work: u64) {
        self.waiting += 1;
        self.work = self.work.saturating_add(work);
    }

    /// A job leaves without being run.
    pub(super) fn leave(&mut self, work: u64) {
        self.waiting = self.waiting.saturating_sub(1);
        self.work = self.work.saturating_sub(work);
    }

    /// A job that waited is run.
    pub(super) fn begin(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
        self.running += 1;
    }

    /// A job that came in with that much work has ended: so much of it was really done, and took so long.
    pub(super) fn end(&mut self, work: u64, done: u64, took: Duration) {
        self.running = self.running.saturating_sub(1);
        self.work = self.work.saturating_sub(work);
        if done > 0 {
            let measured = took.as_secs_f64() / done as f64;
            self.pace += WEIGHT * (measured - self.pace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two threads, three places to wait, five seconds of patience, a second for a unit.
    fn line() -> Line {
        Line::new(Limits { threads: 2, waiting: 3, wait: Duration::from_secs(5) }, 1.0)
    }

    fn run(line: &mut Line, work: u64) {
        line.enter(work);
        line.begin();
    }

    #[test]
    fn a_free_thread_means_no_wait() {
        let mut line = line();
        run(&mut line, 1_000);
        assert!(line.has_room());
        assert_eq!(line.retry_after(), Duration::from_secs(1));
    }

    #[test]
    fn the_expected_wait_decides() {
        let mut line = line();
        run(&mut line, 5);
        run(&mut line, 5);
        assert!(line.has_room(), "ten units on two threads are five seconds");
        line.enter(1);
        assert!(!line.has_room());
        assert_eq!(line.retry_after(), Duration::from_secs(6), "five and a half, rounded up");
        line.leave(1);
        assert!(line.has_room());
    }

    #[test]
    fn the_places_to_wait_are_bounded_whatever_the_wait() {
        let mut line = line();
        for _ in 0..3 {
            assert!(line.has_room());
            line.enter(0);
        }
        assert!(!line.has_room());
    }

    #[test]
    fn a_refusal_names_1_to_120_seconds() {
        let mut line = line();
        assert_eq!(line.retry_after(), Duration::from_secs(1));
        for _ in 0..3 {
            line.enter(u64::MAX);
        }
        assert_eq!(line.retry_after(), Duration::from_secs(120));
    }

    #[test]
    fn the_pace_follows_what_is_measured() {
        let mut line = line();
        for _ in 0..100 {
            run(&mut line, 10);
            line.end(10, 10, Duration::from_millis(100));
        }
        assert!((line.pace - 0.01).abs() < 0.000_1, "a hundredth of a second for a unit");
        run(&mut line, 10);
        line.end(10, 0, Duration::from_secs(9));
        assert!((line.pace - 0.01).abs() < 0.000_1, "a job that came to nothing tells nothing");
    }

    #[test]
    fn work_that_was_saved_does_not_make_the_threads_look_faster() {
        let mut line = line();
        run(&mut line, 1_000);
        line.end(1_000, 2, Duration::from_secs(2));
        assert!((line.pace - 1.0).abs() < f64::EPSILON);
        assert_eq!(line.work, 0);
    }
}
