//! Moments, told by how many writes have come to an end, as the time on two machines is never the same.

use crate::load::Load;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// So many writes are in flight at each kill, or more.
pub(super) const IN_FLIGHT: usize = 50;

/// How long a moment is waited for. Where everything is away writes take seconds to come to an end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns when so many more writes have come to an end.
pub(super) async fn after(load: &Load, writes: u64) {
    let (goal, begun) = (load.ended() + writes, Instant::now());
    while load.ended() < goal {
        assert!(begun.elapsed() < PATIENCE, "nothing goes on: {} writes are in flight", load.in_flight());
        sleep(Duration::from_millis(1)).await;
    }
}

/// Returns at a moment of the seed's choice, with enough writes in flight; answers how many.
pub(super) async fn busy(load: &Load, choice: &mut fastrand::Rng) -> usize {
    after(load, choice.u64(10..80)).await;
    // Not always just after an answer: that is the one moment at which nobody would mind.
    sleep(Duration::from_micros(choice.u64(0..20_000))).await;
    let begun = Instant::now();
    loop {
        let in_flight = load.in_flight();
        if in_flight >= IN_FLIGHT {
            return in_flight;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{in_flight} writes are in flight, and there are never {IN_FLIGHT}"
        );
        sleep(Duration::from_micros(200)).await;
    }
}
