//! The registration service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::Registrar;
use hexad_http::{AppBuilder, Health};
use hexad_soap::register;
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::UserSoap, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let users = parts.users().await?;
    let registrar =
        Registrar { users: users.store, log: users.log, hasher: parts.hasher()?, stamp: parts.stamp() };
    let health = Health::new(hexad::Health::default().with_store("users", users.probe));
    let (duplicates, origins) = (parts.settings.duplicates, own.origins.clone());
    Ok(register::app(Arc::new(registrar), duplicates, &health, parts.request_ids(), origins))
}
