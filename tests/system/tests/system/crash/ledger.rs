//! What was answered, and so must be found again.

use hexad_system_tests::Person;
use std::{
    fmt,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

/// Somebody whose registration was answered.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) person: Person,
    pub(crate) id: String,
    /// Of the last login that was answered.
    pub(crate) token: Option<String>,
    /// When that login was asked for, as the services write times.
    pub(crate) logged_in_at: String,
    /// The last change of the session that was answered, and the last that was sent.
    pub(crate) changed: u64,
    pub(crate) sent: u64,
}

/// An image whose upload was answered.
#[derive(Clone, Debug)]
pub(crate) struct Uploaded {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// All of it, and how much.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    people: Mutex<Vec<Registered>>,
    images: Mutex<Vec<Uploaded>>,
    logins: AtomicU64,
    changes: AtomicU64,
    unanswered: AtomicU64,
}

impl Ledger {
    pub(crate) fn people(&self) -> MutexGuard<'_, Vec<Registered>> {
        self.people.lock().unwrap()
    }

    pub(crate) fn images(&self) -> MutexGuard<'_, Vec<Uploaded>> {
        self.images.lock().unwrap()
    }

    pub(crate) fn logged_in(&self) {
        self.logins.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn logins(&self) -> u64 {
        self.logins.load(Ordering::Relaxed)
    }

    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// A write without an answer, or answered 503: it may have been made, or not.
    pub(crate) fn unanswered(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }

    /// How many writes were answered.
    pub(crate) fn answered(&self) -> u64 {
        let lists = self.people().len() + self.images().len();
        lists as u64 + self.logins() + self.changes.load(Ordering::Relaxed)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} writes answered ({} registrations, {} logins, {} changes of sessions, {} uploads), {} not",
            self.answered(),
            self.people().len(),
            self.logins(),
            self.changes.load(Ordering::Relaxed),
            self.images().len(),
            self.unanswered.load(Ordering::Relaxed)
        )
    }
}
