//! The session service, and beside it the consumer of what happens to users.

use super::{Assembly, Parts, PartsError, seam};
use crate::{
    background::{Background, consume},
    program::Service,
    settings::ServiceSettings,
};
use hexad::{Consumer, Sessions, domain::Area};
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

/// The name under which the service keeps its place in the events of others.
const CONSUMER: &str = "session-service.events";

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Session, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let stored = parts.sessions().await?;
    let log = parts.embedded().await?;
    let consumer = Consumer {
        source: seam::event_source(Arc::new(log.event_source(CONSUMER, &[Area::Auth]))),
        sessions: Arc::clone(&stored.store),
        stamp: parts.stamp(),
    };
    let random = Arc::clone(&parts.random);
    parts.background.push(Background::new("the consumer of events", consume(consumer, random)));

    let sessions = Sessions { store: stored.store, tokens: parts.tokens()?, stamp: parts.stamp() };
    let health = Health::new(hexad::Health::default().with_store("sessions", stored.probe));
    Ok(hexad_rest::session::app(Arc::new(sessions), &health, parts.request_ids(), own.origins.clone()))
}
