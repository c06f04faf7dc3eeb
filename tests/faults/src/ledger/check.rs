//! What is held against what.

use super::{Arrival, History, Outcome, logins, order, registrations, sessions, told, uploads};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

/// A promise that a finding says was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// What was answered with success is stored.
    AnsweredIsStored,
    /// What was refused is not stored.
    RefusedIsNotStored,
    /// What is stored was told by an event.
    StoredIsTold,
    /// What an event told is stored.
    ToldIsStored,
    /// A login that was told has moved its user's session.
    LoginHasItsEffect,
    /// Every queue that is bound to an event has it.
    EveryQueueHasIt,
    /// Events of a user and service come in the order of their commits.
    InOrder,
    /// Copies of an event are alike.
    CopiesAreAlike,
    /// An upload that was answered is fetched as it was sent.
    UploadIsFetched,
    /// Services answer what they may answer.
    AnswersArePossible,
}

impl Check {
    /// Whether time can heal it: an event may still be on its way.
    #[must_use]
    pub const fn may_heal(self) -> bool {
        matches!(self, Check::StoredIsTold | Check::LoginHasItsEffect | Check::EveryQueueHasIt)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Check::AnsweredIsStored => "answered and not stored",
            Check::RefusedIsNotStored => "refused, and stored all the same",
            Check::StoredIsTold => "stored, and no event told of it",
            Check::ToldIsStored => "an event without its row",
            Check::LoginHasItsEffect => "a login without its effect",
            Check::EveryQueueHasIt => "missing from a queue",
            Check::InOrder => "out of order",
            Check::CopiesAreAlike => "a copy that differs",
            Check::UploadIsFetched => "an upload that is not fetched as it was sent",
            Check::AnswersArePossible => "an answer that no service may give",
        })
    }
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// What was lost, made up or out of order.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.what)
    }
}

/// How much a round was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Writes that were answered with success.
    pub promised: u64,
    /// Writes that were refused.
    pub refused: u64,
    /// Writes with an unknown outcome.
    pub unknown: u64,
    /// Different events that arrived.
    pub events: u64,
    /// Copies of them, besides the first that each queue gave.
    pub copies: u64,
}

impl Figures {
    /// Both together.
    pub fn add(&mut self, other: Figures) {
        self.promised += other.promised;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.events += other.events;
        self.copies += other.copies;
    }
}

/// What a round came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// How much it was.
    pub figures: Figures,
    /// What was broken; empty where all is well.
    pub findings: Vec<Finding>,
}

impl Verdict {
    pub(super) fn find(&mut self, check: Check, what: impl Into<String>) {
        self.findings.push(Finding { check, what: what.into() });
    }

    /// Holds that something is true.
    pub(super) fn hold(&mut self, check: Check, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.find(check, what());
        }
    }

    /// Whether there is a finding that time may heal.
    #[must_use]
    pub fn may_heal(&self) -> bool {
        self.findings.iter().any(|finding| finding.check.may_heal())
    }
}

/// The first copy of each event that a queue gave, in the order of their arrival, by queue.
pub(super) struct FirstCopies<'a>(pub(super) Vec<Vec<&'a Arrival>>);

impl<'a> FirstCopies<'a> {
    fn of(history: &'a History, verdict: &mut Verdict) -> Self {
        let mut first: HashMap<&str, &Arrival> = HashMap::new();
        let mut queues = vec![Vec::new(); history.queues.len()];
        let mut seen: Vec<HashMap<&str, ()>> = vec![HashMap::new(); history.queues.len()];
        for arrival in &history.arrivals {
            let known = *first.entry(&arrival.id).or_insert(arrival);
            verdict.hold(Check::CopiesAreAlike, known.fingerprint == arrival.fingerprint, || {
                format!("{} {} of {}", arrival.kind, arrival.id, arrival.username)
            });
            let (Some(queue), Some(seen)) = (queues.get_mut(arrival.queue), seen.get_mut(arrival.queue))
            else {
                continue;
            };
            if seen.insert(&arrival.id, ()).is_none() {
                queue.push(arrival);
            } else {
                verdict.figures.copies += 1;
            }
        }
        verdict.figures.events = first.len() as u64;
        FirstCopies(queues)
    }

    /// Every event once, whichever queue it came from.
    pub(super) fn distinct(&self) -> BTreeMap<&'a str, &'a Arrival> {
        self.0.iter().flatten().map(|arrival| (arrival.id.as_str(), *arrival)).collect()
    }
}

/// Holds a round against all that is promised.
#[must_use]
pub fn check(history: &History) -> Verdict {
    let mut verdict = Verdict::default();
    for write in &history.writes {
        match &write.outcome {
            Outcome::Promised(_) => verdict.figures.promised += 1,
            Outcome::Refused => verdict.figures.refused += 1,
            Outcome::Unknown => verdict.figures.unknown += 1,
            Outcome::Impossible(answer) => {
                verdict.find(Check::AnswersArePossible, format!("{} of {}: {answer}", write.deed, write.who));
            }
        }
    }
    let copies = FirstCopies::of(history, &mut verdict);
    let people = told::people(history, &copies);
    for person in &people {
        registrations::check(person, &mut verdict);
        logins::check(person, history, &mut verdict);
        sessions::check(person, &mut verdict);
    }
    told::in_every_queue(history, &copies, &mut verdict);
    order::check(history, &copies, &mut verdict);
    uploads::check(history, &mut verdict);
    verdict
}
