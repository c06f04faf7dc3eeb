//! The auth service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::{Auth, domain::Area};
use hexad_crypto::WriteFormat;
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Auth, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    // Before anything is made: what is wrong with the broker's URL ends the start.
    let health = parts.with_broker(hexad::Health::default())?;
    let users = parts.users().await?;
    let publisher = parts.relay(Area::Auth, users.outbox, own.queue.as_ref())?;
    let auth = Auth {
        users: users.store,
        log: users.log,
        publisher,
        database: Arc::clone(&users.probe),
        hasher: parts.hasher()?,
        tokens: parts.tokens()?,
        stamp: parts.stamp(),
        token_lifetime: parts.settings.token_ttl,
        rehash: parts.settings.password_write == WriteFormat::Phc,
    };
    let health = Health::new(health.with_store("users", users.probe));
    Ok(hexad_rest::auth::app(Arc::new(auth), &health, parts.request_ids(), own.origins.clone()))
}
