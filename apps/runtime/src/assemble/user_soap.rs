//! The registration service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::Registrar;
use hexad_http::{AppBuilder, Health};
use hexad_soap::register;
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let registrar =
        Registrar { users: store.clone(), log: store.clone(), hasher: parts.hasher()?, stamp: parts.stamp() };
    let health = Health::new(hexad::Health::default().with_store("users", store));
    let (duplicates, origins) = (parts.settings.duplicates, own.origins.clone());
    Ok(register::app(Arc::new(registrar), duplicates, &health, parts.request_ids(), origins))
}
