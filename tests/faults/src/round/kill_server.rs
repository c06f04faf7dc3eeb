//! `kill -9` of the broker or of a store.

use super::{Damage, Ground, moment};
use crate::load::Load;
use std::time::Duration;
use tokio::time::sleep;

pub(super) async fn run(
    ground: &mut Ground,
    load: &Load,
    choice: &mut fastrand::Rng,
    server: &'static str,
    damage: &mut Damage,
) {
    let in_flight = moment::busy(load, choice).await;
    ground.system.servers.kill(server).await;
    damage.killed(server, 1, in_flight);
    // How long the outage is; a server takes its time to come back besides.
    sleep(Duration::from_millis(choice.u64(0..2_000))).await;
    ground.system.servers.start(&[server]).await;
}
