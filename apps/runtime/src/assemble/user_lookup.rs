//! The lookup service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::Lookup;
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let health = Health::new(hexad::Health::default().with_store("users", store.clone()));
    let lookup = Lookup { users: store };
    Ok(hexad_soap::lookup::app(Arc::new(lookup), &health, parts.request_ids(), own.origins.clone()))
}
