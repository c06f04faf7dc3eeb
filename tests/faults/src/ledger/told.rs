//! What each user did, what is stored of it, and what was told of it.

use super::{Arrival, Check, Deed, History, Outcome, StoredSession, Verdict, Write, check::FirstCopies};
use std::collections::{BTreeMap, HashSet};

/// All about one user.
#[derive(Debug)]
pub(super) struct Person<'a> {
    pub(super) name: &'a str,
    pub(super) writes: Vec<&'a Write>,
    /// The id in the user's row.
    pub(super) row: Option<&'a str>,
    pub(super) session: Option<&'a StoredSession>,
    /// Every event once.
    pub(super) events: Vec<&'a Arrival>,
}

impl<'a> Person<'a> {
    fn new(name: &'a str) -> Self {
        Person { name, writes: Vec::new(), row: None, session: None, events: Vec::new() }
    }

    /// The events of that name.
    pub(super) fn told<'s>(&'s self, kind: &'static str) -> impl Iterator<Item = &'a Arrival> + 's {
        self.events.iter().copied().filter(move |event| event.kind == kind)
    }

    /// How many of these deeds were promised, and how many may have been done besides.
    pub(super) fn done(&self, which: impl Fn(Deed) -> bool) -> (usize, usize) {
        let of = |outcome: fn(&Outcome) -> bool| {
            self.writes.iter().filter(|write| which(write.deed) && outcome(&write.outcome)).count()
        };
        (
            of(|outcome| matches!(outcome, Outcome::Promised(_))),
            of(|outcome| matches!(outcome, Outcome::Unknown | Outcome::Impossible(_))),
        )
    }
}

/// Everybody who wrote.
pub(super) fn people<'a>(history: &'a History, copies: &FirstCopies<'a>) -> Vec<Person<'a>> {
    let mut people: BTreeMap<&str, Person<'_>> = BTreeMap::new();
    for write in history.writes.iter().filter(|write| write.deed.area().is_some()) {
        people.entry(&write.who).or_insert_with(|| Person::new(&write.who)).writes.push(write);
    }
    for event in copies.distinct().into_values() {
        // Somebody else's, where the system is not ours alone.
        if let Some(person) = people.get_mut(event.username.as_str()) {
            person.events.push(event);
        }
    }
    for person in people.values_mut() {
        person.row = history.stored.users.get(person.name).map(String::as_str);
        person.session = person.row.and_then(|id| history.stored.sessions.get(id));
    }
    people.into_values().collect()
}

/// Holds that every event is in every queue that is bound to it.
pub(super) fn in_every_queue(history: &History, copies: &FirstCopies<'_>, verdict: &mut Verdict) {
    let distinct = copies.distinct();
    for (queue, first) in history.queues.iter().zip(&copies.0) {
        let has: HashSet<&str> = first.iter().map(|event| event.id.as_str()).collect();
        let bound = distinct.values().filter(|event| queue.area.is_none_or(|area| area == event.area));
        for event in bound.filter(|event| !has.contains(event.id.as_str())) {
            verdict.find(
                Check::EveryQueueHasIt,
                format!("{} {} of {} from {}", event.kind, event.id, event.username, queue.name),
            );
        }
    }
}
