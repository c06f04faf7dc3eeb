//! The session service, and beside it the consumer of what happens to users.

use super::{Parts, PartsError};
use crate::{
    background::{Background, consume},
    settings::ServiceSettings,
};
use hexad::{Consumer, Sessions, domain::Area};
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

/// The name under which the service keeps its place in the events of others.
const CONSUMER: &str = "session-service.events";

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let consumer = Consumer {
        source: Arc::new(store.event_source(CONSUMER, &[Area::Auth])),
        sessions: store.clone(),
        stamp: parts.stamp(),
    };
    let random = Arc::clone(&parts.random);
    parts.background.push(Background::new("the consumer of events", consume(consumer, random)));

    let sessions = Sessions { store: store.clone(), tokens: parts.tokens()?, stamp: parts.stamp() };
    let health = Health::new(hexad::Health::default().with_store("sessions", store));
    Ok(hexad_rest::session::app(Arc::new(sessions), &health, parts.request_ids(), own.origins.clone()))
}
