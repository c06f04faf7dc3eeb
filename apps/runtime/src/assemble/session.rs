//! The session service, and beside it the consumer of what happens to users.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::{Sessions, domain::Area};
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Session, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    // Before anything is made: what is wrong with the broker's URL ends the start.
    let health = parts.with_broker(hexad::Health::default())?;
    let stored = parts.sessions().await?;
    parts.relay(Area::Session, stored.outbox, own.queue.as_ref())?;
    parts.consume(Arc::clone(&stored.store)).await?;
    let sessions = Sessions { store: stored.store, tokens: parts.tokens()?, stamp: parts.stamp() };
    let health = Health::new(health.with_store("sessions", stored.probe));
    Ok(hexad_rest::session::app(Arc::new(sessions), &health, parts.request_ids(), own.origins.clone()))
}
