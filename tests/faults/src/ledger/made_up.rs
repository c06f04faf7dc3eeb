//! Histories that never happened.

use super::{
    Area, Arrival, Check, Deed, History, Micros, Outcome, Queue, Stored, StoredSession, Told, Write, check,
};

/// A second of the clock that everybody here has.
pub(super) const SECOND: Micros = 1_000_000;

pub(super) fn write(who: &str, deed: Deed, sent: Micros, outcome: Outcome) -> Write {
    Write { who: who.to_owned(), deed, sent: sent * SECOND, ended: sent * SECOND + SECOND / 2, outcome }
}

pub(super) fn promised() -> Outcome {
    Outcome::Promised(Told::Nothing)
}

fn event(queue: usize, area: Area, kind: &str, at: Micros, sequence: u64) -> Arrival {
    Arrival {
        queue,
        id: format!("{kind}-{sequence}"),
        area,
        kind: kind.to_owned(),
        username: "ada".to_owned(),
        user_id: "u1".to_owned(),
        session_id: if area == Area::Session { "s1".to_owned() } else { String::new() },
        at: at * SECOND + SECOND / 4,
        sequence,
        fingerprint: sequence,
    }
}

/// Ada registers, logs in, and changes her session three times; all is well.
pub(super) fn calm() -> History {
    let queues = [("all", None), ("sessions", Some(Area::Session))];
    let told = |queue| {
        [
            event(queue, Area::User, "UserRegistered", 1, 1),
            event(queue, Area::Auth, "UserLoggedIn", 2, 1),
            event(queue, Area::Session, "SessionCreated", 3, 1),
            event(queue, Area::Session, "SessionUpdated", 4, 2),
            event(queue, Area::Session, "SessionUpdated", 5, 3),
            event(queue, Area::Session, "SessionUpdated", 6, 4),
        ]
    };
    let ours = told(1).into_iter().filter(|event| event.area == Area::Session);
    History {
        writes: vec![
            write("ada", Deed::Register, 1, Outcome::Promised(Told::Id("u1".to_owned()))),
            write("ada", Deed::LogIn, 2, Outcome::Promised(Told::IssuedAt(2250))),
            write("ada", Deed::Change(1), 4, promised()),
            write("ada", Deed::Change(2), 5, promised()),
            write("ada", Deed::Change(3), 6, promised()),
        ],
        queues: queues.map(|(name, area)| Queue { name: name.to_owned(), area }).to_vec(),
        arrivals: told(0).into_iter().chain(ours).collect(),
        stored: Stored {
            users: [("ada".to_owned(), "u1".to_owned())].into(),
            sessions: [("u1".to_owned(), session(&[1, 2, 3], 2250))].into(),
            events: Some(["UserRegistered-1".to_owned(), "UserLoggedIn-1".to_owned()].into()),
        },
        skew: 0,
    }
}

pub(super) fn session(marks: &[u64], connected_at: i64) -> StoredSession {
    StoredSession { id: "s1".to_owned(), marks: marks.iter().copied().collect(), connected_at }
}

impl History {
    pub(super) fn session(&mut self) -> &mut StoredSession {
        self.stored.sessions.get_mut("u1").unwrap()
    }

    /// The event never arrives anywhere.
    pub(super) fn lose(&mut self, id: &str) {
        self.arrivals.retain(|arrival| arrival.id != id);
    }

    /// The event arrives everywhere, last.
    pub(super) fn tell(&mut self, area: Area, kind: &str, at: Micros, sequence: u64) {
        self.arrivals.push(event(0, area, kind, at, sequence));
        if area == Area::Session {
            self.arrivals.push(event(1, area, kind, at, sequence));
        }
    }

    /// What is found, each kind once.
    pub(super) fn found(&self) -> Vec<Check> {
        let mut found: Vec<Check> = check(self).findings.iter().map(|finding| finding.check).collect();
        found.sort();
        found.dedup();
        found
    }
}
