//! What a round did and came to, in a line; and all of them, in a table.

use crate::{
    ledger::{Arrival, Figures, Finding, Verdict},
    load::Slowest,
};
use hexad_stage::Mode;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    process::ExitStatus,
    time::Duration,
};

/// How long a service may take to say that what it needs is away. More is told, and no broken promise yet: where all
/// programs and servers share a few processors they wait for those too.
const BOUND: Duration = Duration::from_secs(5);

/// What was broken in a round.
#[derive(Debug, Clone, Default)]
pub struct Damage {
    /// What happened, in words, in its order.
    pub told: Vec<String>,
    /// How many writes were in flight at each kill.
    pub in_flight: Vec<usize>,
    /// How often each kind of thing happened.
    pub counts: BTreeMap<String, u64>,
    /// What no fault of ours explains.
    pub unexpected: Vec<String>,
    armed: usize,
    met: usize,
    /// The ids that were told of at each point after which they must be published again.
    again: Vec<(String, Vec<String>)>,
}

impl Damage {
    fn count(&mut self, what: impl Into<String>, times: u64) {
        *self.counts.entry(what.into()).or_default() += times;
    }

    pub(super) fn killed(&mut self, what: &str, how_many: usize, in_flight: usize) {
        self.told.push(format!("killed {what}×{how_many}"));
        self.in_flight.push(in_flight);
        self.count(format!("kill -9 {what}"), how_many as u64);
    }

    pub(super) fn disturbed(&mut self, service: &str, server: &str, mode: Mode, in_flight: usize) {
        self.told.push(format!("{service}→{server} {mode:?} ({in_flight} in flight)"));
        let name = format!("{mode:?}");
        let name = name.split('(').next().unwrap_or_default().to_lowercase();
        self.count(format!("network {name}, {server}"), 1);
    }

    pub(super) fn held(&mut self, service: &str, how_many: usize, in_flight: usize, seen: bool) {
        self.told.push(format!(
            "killed {service}×{how_many}, {}",
            if seen { "its confirms held" } else { "nothing sent" }
        ));
        self.in_flight.push(in_flight);
        self.count(format!("kill -9 {service}"), how_many as u64);
        if seen {
            self.count("kill between publish and confirm, by the network", 1);
        }
    }

    pub(super) fn armed(&mut self, service: &str, point: &str) {
        self.told.push(format!("{service} {point}"));
        self.armed += 1;
    }

    pub(super) fn reached(&mut self, service: &str, point: &str, ids: Vec<String>, in_flight: usize) {
        self.met += 1;
        self.count(format!("fail point {point}"), 1);
        self.told.push(format!("{service} ended {point} ({in_flight} in flight)"));
        if ["before-confirm", "before-mark"].contains(&point) {
            self.again.push((point.to_owned(), ids));
        }
    }

    pub(super) fn ended_by_itself(&mut self, service: &str, status: ExitStatus) {
        self.met += 1;
        self.unexpected.push(format!("{service} ended by itself: {status}"));
    }

    /// The operator's own command.
    pub(crate) fn command(&mut self, command: &str, status: ExitStatus, in_flight: usize) {
        self.told.push(format!("{command} ({status})"));
        self.in_flight.push(in_flight);
        self.count(command, 1);
        if !status.success() {
            self.unexpected.push(format!("{command}: {status}"));
        }
    }

    /// What was to break did not: then whatever the round found says nothing.
    pub(super) fn nothing_broke(&mut self, what: &str) {
        self.unexpected.push(format!("nothing was broken: {what}"));
    }

    pub(super) const fn none_reached(&self) -> bool {
        self.met == 0
    }

    pub(super) fn all_reached(&self) -> bool {
        self.met >= self.armed
    }

    /// Counts the points after which events were there already when they were published again: proof that the
    /// process had ended where it was to end.
    pub(super) fn seen_twice(&mut self, arrivals: &[Arrival]) {
        let mut copies: HashMap<&str, u64> = HashMap::new();
        for arrival in arrivals.iter().filter(|arrival| arrival.queue == 0) {
            *copies.entry(&arrival.id).or_default() += 1;
        }
        for (point, ids) in std::mem::take(&mut self.again) {
            if ids.iter().any(|id| copies.get(id.as_str()).is_some_and(|copies| *copies > 1)) {
                self.count(format!("fail point {point}, with the event at the broker"), 1);
            }
        }
    }
}

/// A round.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its number.
    pub number: u64,
    /// What broke.
    pub kind: String,
    /// How exactly.
    pub damage: Damage,
    /// What it came to.
    pub verdict: Verdict,
    /// The answer that took longest to say that a service, or what it needs, is away.
    pub slowest: Slowest,
    /// How long the system took to come to rest.
    pub rest: Duration,
    /// How long it took in all.
    pub took: Duration,
}

impl Report {
    /// Whether every promise was kept.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.verdict.findings.is_empty() && self.damage.unexpected.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { promised, refused, unknown, events, copies } = self.verdict.figures;
        write!(f, "round {:>3}  {:<14}", self.number, self.kind)?;
        write!(
            f,
            " {promised} promised, {refused} refused, {unknown} unknown, {events} events, {copies} copies; "
        )?;
        if !self.damage.in_flight.is_empty() {
            write!(f, "in flight at kills {:?}; ", self.damage.in_flight)?;
        }
        let (slowest, rest, took) =
            (self.slowest.time.as_secs_f32(), self.rest.as_secs_f32(), self.took.as_secs_f32());
        write!(
            f,
            "slowest 503 {slowest:.1} s, rest after {rest:.1} s, {took:.0} s; {}",
            self.damage.told.join(", ")
        )?;
        f.write_str(if self.is_good() { "; kept" } else { "; BROKEN" })?;
        if let Some(deed) = self.slowest.deed.filter(|_| self.slowest.time > BOUND) {
            write!(f, "\n    slow: {deed} was answered {}", self.slowest.says.replace('\n', " "))?;
        }
        // The first of each kind tells most; a lost server would fill the screen.
        let mut told = BTreeMap::new();
        for Finding { check, what } in &self.verdict.findings {
            let times = told.entry(check).or_insert(0);
            *times += 1;
            if *times <= 5 {
                write!(f, "\n    {check}: {what}")?;
            }
        }
        for (check, times) in told.iter().filter(|(_, times)| **times > 5) {
            write!(f, "\n    {check}: {times} in all")?;
        }
        for unexpected in &self.damage.unexpected {
            write!(f, "\n    {unexpected}")?;
        }
        Ok(())
    }
}

/// All rounds of a run. It keeps sums alone.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    rounds: BTreeMap<String, u64>,
    figures: Figures,
    counts: BTreeMap<String, u64>,
    broken: BTreeSet<u64>,
    fewest_in_flight: Option<usize>,
    slowest: Duration,
}

impl Summary {
    /// One more.
    pub fn add(&mut self, report: &Report) {
        *self.rounds.entry(report.kind.clone()).or_default() += 1;
        self.figures.add(report.verdict.figures);
        for (what, times) in &report.damage.counts {
            *self.counts.entry(what.clone()).or_default() += times;
        }
        if !report.is_good() {
            self.broken.insert(report.number);
        }
        self.fewest_in_flight = report.damage.in_flight.iter().copied().chain(self.fewest_in_flight).min();
        self.slowest = self.slowest.max(report.slowest.time);
    }

    /// Whether every promise was kept.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.broken.is_empty()
    }

    /// The gaps in which processes ended fewer times than that.
    #[must_use]
    pub fn seldom(&self, least: u64) -> Vec<&'static str> {
        let times =
            |point: &str| self.counts.get(&format!("fail point {point}")).copied().unwrap_or_default();
        super::fail_points::names().filter(|point| times(point) < least).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, rounds) in &self.rounds {
            writeln!(f, "{rounds:>7} rounds: {kind}")?;
        }
        for (what, times) in &self.counts {
            writeln!(f, "{times:>7} × {what}")?;
        }
        let Figures { promised, refused, unknown, events, copies } = self.figures;
        writeln!(f, "{promised:>7} writes promised, {refused} refused, {unknown} with an unknown outcome")?;
        writeln!(f, "{events:>7} events, and {copies} copies of them, all with the same id and body")?;
        if let Some(fewest) = self.fewest_in_flight {
            writeln!(f, "{fewest:>7} writes in flight at a kill, or more")?;
        }
        writeln!(f, "{:>7.1} s until a 503, at the most", self.slowest.as_secs_f32())?;
        if self.is_good() {
            f.write_str("        nothing lost, nothing made up, nothing out of order")
        } else {
            write!(f, "        BROKEN in rounds {:?}", self.broken)
        }
    }
}
