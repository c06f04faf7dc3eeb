//! The auth service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::Auth;
use hexad_crypto::WriteFormat;
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Auth, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let users = parts.users().await?;
    let auth = Auth {
        users: users.store,
        log: users.log,
        database: Arc::clone(&users.probe),
        hasher: parts.hasher()?,
        tokens: parts.tokens()?,
        stamp: parts.stamp(),
        token_lifetime: parts.settings.token_ttl,
        rehash: parts.settings.password_write == WriteFormat::Phc,
    };
    let health = Health::new(hexad::Health::default().with_store("users", users.probe));
    Ok(hexad_rest::auth::app(Arc::new(auth), &health, parts.request_ids(), own.origins.clone()))
}
