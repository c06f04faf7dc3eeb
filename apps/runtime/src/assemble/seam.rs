//! Where every port that stores, sends or receives passes on its way from its adapter to the services: as it is.
//!
//! With the feature `faults` the same functions of [`crate::faults`] are called in place of these, to put something
//! between the two.

#[cfg(feature = "faults")]
pub(super) use crate::faults::{event_log, event_source, outbox, publisher, session_store, user_store};

#[cfg(not(feature = "faults"))]
#[allow(unused_imports)]
pub(super) use plain::{event_log, event_source, outbox, publisher, session_store, user_store};

#[cfg(not(feature = "faults"))]
mod plain {
    use hexad::ports::{EventLog, EventSource, Outbox, Publisher, SessionStore, UserStore};
    use std::sync::Arc;

    pub(in super::super) fn user_store(part: Arc<dyn UserStore>) -> Arc<dyn UserStore> {
        part
    }

    pub(in super::super) fn session_store(part: Arc<dyn SessionStore>) -> Arc<dyn SessionStore> {
        part
    }

    pub(in super::super) fn event_log(part: Arc<dyn EventLog>) -> Arc<dyn EventLog> {
        part
    }

    pub(in super::super) fn outbox(part: Arc<dyn Outbox>) -> Arc<dyn Outbox> {
        part
    }

    pub(in super::super) fn publisher(part: Arc<dyn Publisher>) -> Arc<dyn Publisher> {
        part
    }

    pub(in super::super) fn event_source(part: Arc<dyn EventSource>) -> Arc<dyn EventSource> {
        part
    }
}
