//! Revisions: how a store tells whether what was loaded is still what is there.

use std::fmt;

/// The state of an aggregate when it was loaded, in a form that only its store can read. It changes whenever the
/// aggregate does, and never comes back to an earlier value.
///
/// Visible ASCII without quotes, so that it can be the entity tag of an HTTP answer (RFC 9110, section 8.8.3).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Revision(String);

impl Revision {
    /// Takes what the store made.
    pub fn new(text: impl Into<String>) -> Self {
        Revision(text.into())
    }

    /// The revision as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revision({})", self.0)
    }
}

/// What a change was decided upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing was there.
    Absent,
    /// This revision was there.
    At(Revision),
}

impl From<Option<Revision>> for Expected {
    fn from(loaded: Option<Revision>) -> Self {
        loaded.map_or(Expected::Absent, Expected::At)
    }
}
