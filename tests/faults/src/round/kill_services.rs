//! `kill -9` of services.

use super::{Damage, Ground, moment};
use crate::load::Load;

const VICTIMS: [&str; 4] = ["user-soap", "auth", "session", "image"];

/// How often in a round.
const KILLS: usize = 3;

pub(super) async fn run(ground: &mut Ground, load: &Load, choice: &mut fastrand::Rng, damage: &mut Damage) {
    for _ in 0..KILLS {
        // The image service promises least: it is killed now and then.
        let (service, both) = (VICTIMS[[0, 0, 0, 1, 1, 1, 2, 2, 2, 3][choice.usize(0..10)]], choice.bool());
        // A mistake is looked for where it shows, so that it is not for luck to find it.
        let (service, both) = ground.mutant.map_or((service, both), |mutant| (mutant.shows_at, true));
        let mut victims = ground.system.of(service);
        if !both {
            victims = vec![victims[choice.usize(0..victims.len())]];
        }
        let in_flight = moment::busy(load, choice).await;
        for place in &victims {
            ground.system.replicas[*place].kill();
        }
        damage.killed(service, victims.len(), in_flight);
        moment::after(load, choice.u64(0..30)).await;
        for place in victims {
            ground.restart(place);
        }
    }
}
