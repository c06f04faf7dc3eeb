//! The auth service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::Auth;
use hexad_crypto::WriteFormat;
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let auth = Auth {
        users: store.clone(),
        log: store.clone(),
        database: store.clone(),
        hasher: parts.hasher()?,
        tokens: parts.tokens()?,
        stamp: parts.stamp(),
        token_lifetime: parts.settings.token_ttl,
        rehash: parts.settings.password_write == WriteFormat::Phc,
    };
    let health = Health::new(hexad::Health::default().with_store("users", store));
    Ok(hexad_rest::auth::app(Arc::new(auth), &health, parts.request_ids(), own.origins.clone()))
}
