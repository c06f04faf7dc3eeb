//! What is to go wrong in this process, and when.

use hexad::{
    domain::{Event, EventId},
    ports::{Outgoing, Publisher},
};
use std::{
    fmt::Write,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// The most ids that are told when a point is reached.
const TOLD: usize = 8;

/// A gap between two steps, in which a process may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// A change with its events, or of an event that arrived, is decided; nothing is stored.
    BeforeCommit,
    /// It is stored with its events; nobody has an answer, and nothing of it is published.
    AfterCommit,
    /// Stored events are claimed, and not given to the broker yet.
    BeforePublish,
    /// They are with the broker, whose confirm nobody has looked at.
    BeforeConfirm,
    /// The broker has confirmed; they are not marked as sent.
    BeforeMark,
    /// What arrived is applied; the source does not know.
    BeforeAck,
}

impl Point {
    const ALL: [(Point, &str); 6] = [
        (Point::BeforeCommit, "before-commit"),
        (Point::AfterCommit, "after-commit"),
        (Point::BeforePublish, "before-publish"),
        (Point::BeforeConfirm, "before-confirm"),
        (Point::BeforeMark, "before-mark"),
        (Point::BeforeAck, "before-ack"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(point, _)| *point == self).map_or("", |(_, name)| name)
    }
}

/// A mistake that loses events, or makes up some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutant {
    /// Events go to the broker and then what they tell of is stored, if it is; the outbox gets none.
    PublishBeforeCommit,
    /// Events count as sent from the moment they are claimed.
    MarkBeforeConfirm,
    /// What arrives is acknowledged before it is applied.
    AckBeforeEffect,
}

impl Mutant {
    const ALL: [(Mutant, &str); 3] = [
        (Mutant::PublishBeforeCommit, "publish-before-commit"),
        (Mutant::MarkBeforeConfirm, "mark-before-confirm"),
        (Mutant::AckBeforeEffect, "ack-before-effect"),
    ];
}

/// Why there is no plan.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlanError {
    #[error("HEXAD_FAIL_POINT: {0} is no point with a number, as before-mark:17 is; the points are {names}", names = names(&Point::ALL))]
    Point(String),
    #[error("HEXAD_MUTANT: there is no {0}; the mutants are {names}", names = names(&Mutant::ALL))]
    Mutant(String),
}

fn names<T>(all: &[(T, &str)]) -> String {
    all.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

struct Armed {
    point: Point,
    at: u64,
    passed: AtomicU64,
}

/// What is to go wrong.
pub(super) struct Plan {
    armed: Vec<Armed>,
    mutant: Option<Mutant>,
    publisher: OnceLock<Arc<dyn Publisher>>,
    end: Box<dyn Fn(&str) + Send + Sync>,
}

impl Plan {
    /// From the two variables, empty where they are not set. `end` is called where a point is reached, with its name
    /// and the ids that it is about, and ends the process.
    pub(super) fn parse(
        points: &str,
        mutant: &str,
        end: Box<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Self, PlanError> {
        let armed = points.split(',').map(str::trim).filter(|text| !text.is_empty());
        let armed = armed.map(|text| arm(text).ok_or_else(|| PlanError::Point(text.to_owned())));
        let known = Mutant::ALL.iter().find(|(_, name)| *name == mutant).map(|(mutant, _)| *mutant);
        if known.is_none() && !mutant.is_empty() {
            return Err(PlanError::Mutant(mutant.to_owned()));
        }
        Ok(Plan { armed: armed.collect::<Result<_, _>>()?, mutant: known, publisher: OnceLock::new(), end })
    }

    pub(super) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// What a mutant publishes through.
    pub(super) fn publish_through(&self, publisher: &Arc<dyn Publisher>) {
        // The first serves for all: a process publishes for one service.
        let _ = self.publisher.set(Arc::clone(publisher));
    }

    /// Whether this is the time at which the point's process ends.
    pub(super) fn comes_by(&self, point: Point) -> bool {
        let armed = self.armed.iter().filter(|armed| armed.point == point);
        // Each counts, also where one before it is reached.
        armed.filter(|armed| armed.passed.fetch_add(1, Ordering::Relaxed) + 1 == armed.at).count() > 0
    }

    /// Ends the process there.
    pub(super) fn end(&self, point: Point, ids: impl Iterator<Item = EventId>) {
        let mut reached = point.name().to_owned();
        for id in ids.take(TOLD) {
            // Writing to a String cannot fail.
            let _ = write!(reached, " {id}");
        }
        (self.end)(&reached);
    }

    /// Comes by the point, and ends the process if it is time.
    pub(super) fn pass(&self, point: Point, ids: impl Iterator<Item = EventId>) {
        if self.comes_by(point) {
            self.end(point, ids);
        }
    }

    /// The mistake of publishing what is not stored yet. Nobody looks whether it worked. Returns what is left to be
    /// stored with the change.
    pub(super) async fn publish_first<'a>(&self, events: &'a [Event]) -> &'a [Event] {
        match self.publisher.get() {
            Some(publisher) if self.is(Mutant::PublishBeforeCommit) => {
                // A number that rises with time, as there is no row yet to take one from.
                let numbered = |event: &Event| Outgoing {
                    event: event.clone(),
                    sequence: u64::try_from(event.at.unix_micros()).unwrap_or_default(),
                };
                let outgoing: Vec<_> = events.iter().map(numbered).collect();
                publisher.publish(&outgoing).await;
                &[]
            }
            _ => events,
        }
    }
}

fn arm(text: &str) -> Option<Armed> {
    let (name, at) = text.split_once(':')?;
    let (point, _) = Point::ALL.iter().find(|(_, known)| *known == name)?;
    let at = at.parse().ok().filter(|at| *at > 0)?;
    Some(Armed { point: *point, at, passed: AtomicU64::new(0) })
}
