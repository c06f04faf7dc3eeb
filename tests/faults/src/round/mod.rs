//! A round: people, load, something that breaks, rest, and the verdict.

mod break_network;
mod fail_points;
mod hold_confirms;
mod kill_server;
mod kill_services;
mod moment;
mod plan;
mod report;

pub use plan::{Kind, rng};
pub use report::{Damage, Report, Summary};

use crate::{
    Observer,
    load::{Load, http, run_name},
    mutants::Mutant,
    rest::Judge,
    stores::Stores,
    system::System,
};
use std::time::{Duration, Instant};

/// How many writes come to an end after everything is whole again, before the round ends.
const AFTERMATH: u64 = 50;

/// How long what is on its way may take to arrive. On a machine that others keep busy a backlog of some thousand changes
/// has taken a minute to be worked off.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The same where it is lost for certain. What a killed relay held may come later still, which is no matter here: what
/// counts is that the one mistake is found.
const HOPELESS: Duration = Duration::from_secs(8);

/// Whatever a round needs.
pub struct Ground {
    /// The system.
    pub system: System,
    /// Whoever reads its queues.
    pub observer: Observer,
    /// Its stores.
    pub stores: Stores,
    /// For requests.
    pub http: reqwest::Client,
    /// What its choices come from.
    pub seed: u64,
    /// What the names of its people begin with.
    pub prefix: String,
    /// A mistake that every program makes.
    pub mutant: Option<Mutant>,
}

impl Ground {
    /// The system, observed from now on.
    ///
    /// # Panics
    /// Where it is not all there.
    pub async fn new(mut system: System, seed: u64) -> Self {
        let http = http().expect("a client");
        let prefix = run_name();
        let observer = Observer::begin(&system.target, &format!("hexad-faults.{prefix}all")).await;
        system.healthy(&http).await;
        let stores = Stores::of(&system.target).await.expect("stores");
        Ground { system, observer, stores, http, seed, prefix, mutant: None }
    }

    /// Starts a replica again.
    pub(super) fn restart(&mut self, place: usize) {
        self.start(place, &[]);
    }

    /// Starts a replica, a mutant where all are, with these settings besides.
    pub(super) fn start(&mut self, place: usize, settings: &[(&str, &str)]) {
        let mutant = self.mutant.map(|mutant| ("HEXAD_MUTANT", mutant.name));
        let settings: Vec<(&str, &str)> = settings.iter().copied().chain(mutant).collect();
        self.system.replicas[place].start(&settings);
    }

    /// Makes every program that mutant, or none any more.
    pub async fn mutate(&mut self, mutant: Option<Mutant>) {
        self.mutant = mutant;
        for place in 0..self.system.replicas.len() {
            self.system.replicas[place].kill();
            self.restart(place);
        }
        self.system.healthy(&self.http).await;
    }

    /// Runs the round of that number, in which this breaks.
    pub async fn round(&mut self, number: u64, kind: Kind) -> Report {
        let begun = Instant::now();
        let mut choice = rng(self.seed, number);
        let prefix = format!("{}{number}.", self.prefix);
        self.observer.forget();
        let mut load = Load::prepare(&self.system.target, &self.http, &prefix, choice.u64(..)).await;
        let mut damage = Damage::default();
        if kind == Kind::FailPoints {
            fail_points::arm(self, &mut choice, &mut damage).await;
        }
        load.start(choice.u64(..));
        match kind {
            Kind::Services => kill_services::run(self, &load, &mut choice, &mut damage).await,
            Kind::Server(server) => kill_server::run(self, &load, &mut choice, server, &mut damage).await,
            Kind::FailPoints => fail_points::run(self, &load, &mut damage).await,
            Kind::Network => break_network::run(self, &load, &mut choice, &mut damage).await,
            Kind::Confirms => hold_confirms::run(self, &load, &mut choice, &mut damage).await,
        }
        self.system.healthy(&self.http).await;
        moment::after(&load, AFTERMATH).await;
        let (writes, slowest) = load.stop().await;
        let judge = Judge {
            observer: &self.observer,
            stores: &self.stores,
            http: &self.http,
            skew: 0,
            patience: if self.mutant.is_none() { PATIENCE } else { HOPELESS },
            stored_events: self.mutant.is_none(),
        };
        let (verdict, rest) = judge.verdict(&prefix, writes).await;
        damage.seen_twice(&self.observer.arrivals());
        Report { number, kind: kind.to_string(), damage, verdict, slowest, rest, took: begun.elapsed() }
    }
}
