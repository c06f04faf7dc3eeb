//! The broker has the events of a service and has confirmed them, and the service never hears of it.

use super::{Damage, Ground, moment};
use crate::{ledger::Area, load::Load};
use hexad_stage::{Direction, Mode};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long events may take to come through one way. A service gives its connection up after seconds without a word.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn run(ground: &mut Ground, load: &Load, choice: &mut fastrand::Rng, damage: &mut Damage) {
    let mut held = 0;
    for (service, area) in [("user-soap", Area::User), ("auth", Area::Auth), ("session", Area::Session)] {
        let in_flight = moment::busy(load, choice).await;
        let before = ground.observer.count(|arrival| arrival.area == area);
        ground.system.network(service, "rabbitmq", Mode::OneWay(Direction::Down));
        let begun = Instant::now();
        // Seen with the confirms held back: published, and not confirmed.
        while ground.observer.count(|arrival| arrival.area == area) <= before && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(1)).await;
        }
        let seen = ground.observer.count(|arrival| arrival.area == area) > before;
        held += usize::from(seen);
        let victims = ground.system.of(service);
        for place in &victims {
            ground.system.replicas[*place].kill();
        }
        damage.held(service, victims.len(), in_flight, seen);
        ground.system.network(service, "rabbitmq", Mode::Cut);
        ground.system.network(service, "rabbitmq", Mode::Pass);
        for place in victims {
            ground.restart(place);
        }
    }
    if held == 0 {
        damage.nothing_broke("no event was seen while its confirm was held back");
    }
}
