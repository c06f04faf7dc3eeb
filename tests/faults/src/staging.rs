//! A system that is somebody else's: it is written to and judged, and broken by its operator's own command alone.

use crate::{
    Observer, Target,
    ledger::Micros,
    load::{Load, http, run_name},
    rest::Judge,
    round::{Damage, PATIENCE, Report, rng},
    stores::{Away, Stores},
};
use std::{
    process::Command,
    time::{Duration, Instant},
};
use tokio::{task::spawn_blocking, time::sleep};

/// How often somebody looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// What a round on a system of somebody else's is.
#[derive(Debug, Clone)]
pub struct Staging {
    /// The system.
    pub target: Target,
    /// What breaks it, for a shell; empty for nothing.
    pub command: String,
    /// How many writes a round has before the command, and after it.
    pub writes: u64,
    /// How far its clocks may be from ours.
    pub skew: Micros,
    /// What the choices come from.
    pub seed: u64,
}

impl Staging {
    /// Runs so many rounds, and gives each report to `tell`.
    ///
    /// # Errors
    /// Where the stores' URLs are none.
    pub async fn run(&self, rounds: u64, mut tell: impl FnMut(&Report)) -> Result<(), Away> {
        let http = http()?;
        let run = run_name();
        let observer = Observer::begin(&self.target, &format!("hexad-faults.{run}all")).await;
        let stores = Stores::of(&self.target).await?;
        let judge = Judge {
            observer: &observer,
            stores: &stores,
            http: &http,
            skew: self.skew,
            patience: PATIENCE,
            stored_events: true,
        };
        for number in 1..=rounds {
            let (begun, prefix) = (Instant::now(), format!("{run}{number}."));
            let mut choice = rng(self.seed, number);
            observer.forget();
            let mut load = Load::prepare(&self.target, &http, &prefix, choice.u64(..)).await;
            load.start(choice.u64(..));
            let mut damage = Damage::default();
            until(&load, choice.u64(self.writes / 2..=self.writes)).await;
            if !self.command.is_empty() {
                let in_flight = load.in_flight();
                let mut command = Command::new("sh");
                command.arg("-c").arg(&self.command);
                let status = spawn_blocking(move || command.status()).await??;
                damage.command(&self.command, status, in_flight);
            }
            until(&load, self.writes).await;
            let (writes, slowest) = load.stop().await;
            let (verdict, rest) = judge.verdict(&prefix, writes).await;
            let kind = "staging".to_owned();
            tell(&Report { number, kind, damage, verdict, slowest, rest, took: begun.elapsed() });
        }
        observer.end().await;
        Ok(())
    }
}

async fn until(load: &Load, writes: u64) {
    let goal = load.ended() + writes;
    while load.ended() < goal {
        sleep(INTERVAL).await;
    }
}
