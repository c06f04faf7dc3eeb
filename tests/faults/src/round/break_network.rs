//! Connections between a service and a server are cut, refused, delayed, or led into the void.

use super::{Damage, Ground, moment};
use crate::load::Load;
use hexad_stage::{Direction, Mode};
use std::time::Duration;
use tokio::time::sleep;

/// How often in a round.
const DISTURBANCES: usize = 5;

pub(super) async fn run(ground: &mut Ground, load: &Load, choice: &mut fastrand::Rng, damage: &mut Damage) {
    let links = ground.system.links();
    for _ in 0..DISTURBANCES {
        let (service, server) = links[choice.usize(0..links.len())];
        let mode = mode(choice);
        let in_flight = moment::busy(load, choice).await;
        ground.system.network(service, server, mode);
        damage.disturbed(service, server, mode, in_flight);
        // How long it lasts: from less than anybody's patience to more.
        sleep(Duration::from_millis(choice.u64(100..6_000))).await;
        ground.system.network(service, server, Mode::Pass);
    }
}

fn mode(choice: &mut fastrand::Rng) -> Mode {
    let direction = if choice.bool() { Direction::Up } else { Direction::Down };
    match choice.u32(0..6) {
        0 => Mode::Cut,
        1 => Mode::Refuse,
        2 => Mode::Blackhole,
        3 => Mode::OneWay(direction),
        4 => Mode::Delay(Duration::from_millis(choice.u64(20..400))),
        _ => Mode::CutAfter(direction, choice.usize(1_000..200_000)),
    }
}
