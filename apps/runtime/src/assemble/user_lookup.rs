//! The lookup service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::Lookup;
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::UserLookup, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let users = parts.users().await?;
    let health = Health::new(hexad::Health::default().with_store("users", users.probe));
    let lookup = Lookup { users: users.store };
    let (public_url, ids, origins) = (own.public_url.as_deref(), parts.request_ids(), own.origins.clone());
    Ok(hexad_soap::lookup::app(Arc::new(lookup), public_url, &health, ids, origins))
}
