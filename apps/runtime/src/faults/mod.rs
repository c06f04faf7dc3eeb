//! Failures between the ports and their adapters, for the fault runs.

use hexad::ports::{EventLog, EventSource, Outbox, Publisher, SessionStore, UserStore};
use std::sync::Arc;

pub(crate) fn user_store(part: Arc<dyn UserStore>) -> Arc<dyn UserStore> {
    part
}

pub(crate) fn session_store(part: Arc<dyn SessionStore>) -> Arc<dyn SessionStore> {
    part
}

pub(crate) fn event_log(part: Arc<dyn EventLog>) -> Arc<dyn EventLog> {
    part
}

pub(crate) fn outbox(part: Arc<dyn Outbox>) -> Arc<dyn Outbox> {
    part
}

pub(crate) fn publisher(part: Arc<dyn Publisher>) -> Arc<dyn Publisher> {
    part
}

pub(crate) fn event_source(part: Arc<dyn EventSource>) -> Arc<dyn EventSource> {
    part
}
