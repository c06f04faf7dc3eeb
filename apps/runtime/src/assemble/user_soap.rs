//! The registration service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::{Registrar, domain::Area};
use hexad_http::{AppBuilder, Health};
use hexad_soap::register;
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::UserSoap, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    // Before anything is made: what is wrong with the broker's URL ends the start.
    let health = parts.with_broker(hexad::Health::default())?;
    let users = parts.users().await?;
    parts.relay(Area::User, users.outbox, own.queue.as_ref())?;
    let registrar =
        Registrar { users: users.store, log: users.log, hasher: parts.hasher()?, stamp: parts.stamp() };
    let health = Health::new(health.with_store("users", users.probe));
    let (duplicates, public_url) = (parts.settings.duplicates, own.public_url.as_deref());
    let (ids, origins) = (parts.request_ids(), own.origins.clone());
    Ok(register::app(Arc::new(registrar), duplicates, public_url, &health, ids, origins))
}
