//! Each replica of the services that publish ends at a fail point of its own.

use super::{Damage, Ground};
use crate::load::Load;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The gaps, and in which services they are.
const POINTS: [(&str, &[&str]); 6] = [
    ("before-commit", &["user-soap", "auth", "session"]),
    ("after-commit", &["user-soap", "auth", "session"]),
    ("before-publish", &["user-soap", "auth", "session"]),
    ("before-confirm", &["user-soap", "auth", "session"]),
    ("before-mark", &["user-soap", "auth", "session"]),
    ("before-ack", &["session"]),
];

/// The names of all gaps.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    POINTS.iter().map(|(name, _)| *name)
}

/// How long the replicas may take to come by their points.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often somebody looks whether one has ended.
const INTERVAL: Duration = Duration::from_millis(5);

/// Starts every replica that publishes with a fail point.
pub(super) async fn arm(ground: &mut Ground, choice: &mut fastrand::Rng, damage: &mut Damage) {
    for service in ["user-soap", "auth", "session"] {
        for place in ground.system.of(service) {
            let points: Vec<&str> = POINTS
                .iter()
                .filter(|(_, services)| services.contains(&service))
                .map(|(name, _)| *name)
                .collect();
            // Only the session service consumes, and one replica of it at a time: it comes by this gap seldom enough.
            let point = match service == "session" && choice.bool() {
                true => "before-ack",
                false => points[choice.usize(0..points.len())],
            };
            // A registration is one write of many, and the relay takes many events at once.
            let most = if point.ends_with("commit") && service == "session" { 40 } else { 4 };
            let armed = format!("{point}:{}", choice.u32(1..=most));
            damage.armed(service, &armed);
            ground.system.replicas[place].kill();
            ground.start(place, &[("HEXAD_FAIL_POINT", &armed)]);
        }
    }
    // Some end before they are seen healthy: there is work waiting for them.
    for place in 0..ground.system.replicas.len() {
        watch(ground, place, 0, damage);
        ground.system.replicas[place].listening(&ground.http).await;
    }
}

/// Looks after the replicas until each has come by its point: who ends is started again without one.
pub(super) async fn run(ground: &mut Ground, load: &Load, damage: &mut Damage) {
    let begun = Instant::now();
    while !damage.all_reached() && begun.elapsed() < PATIENCE {
        for place in 0..ground.system.replicas.len() {
            watch(ground, place, load.in_flight(), damage);
        }
        sleep(INTERVAL).await;
    }
    if damage.none_reached() {
        damage.nothing_broke("no replica came by its fail point");
    }
    // Those who never came by theirs must not do so later.
    for service in ["user-soap", "auth", "session"] {
        for place in ground.system.of(service) {
            if ground.system.replicas[place].is_armed() {
                ground.system.replicas[place].kill();
                ground.restart(place);
            }
        }
    }
}

fn watch(ground: &mut Ground, place: usize, in_flight: usize, damage: &mut Damage) {
    let replica = &mut ground.system.replicas[place];
    if let Some(ended) = replica.ended() {
        let service = replica.service;
        match ended.reached {
            Some((point, ids)) => damage.reached(service, &point, ids, in_flight),
            None => damage.ended_by_itself(service, ended.status),
        }
        ground.restart(place);
    }
}
