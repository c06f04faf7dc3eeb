//! The registration service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::Registrar;
use hexad_http::{App, AppBuilder, Cors, Health};
use hexad_soap::register;
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let registrar =
        Registrar { users: store.clone(), log: store.clone(), hasher: parts.hasher()?, stamp: parts.stamp() };
    let health = Health::new(hexad::Health::default().with_store("users", store));
    let routes = register::router(Arc::new(registrar), &health, parts.settings.duplicates);
    let cors = Cors {
        origins: own.origins.clone(),
        credentials: false,
        methods: "GET, POST",
        headers: "Content-Type, SOAPAction",
    };
    Ok(App::builder("user-soap", routes, parts.request_ids())
        .always(&[register::HEALTH_ROUTE])
        .health(&health, &[])
        .refuse_with(register::refuse)
        .cors(cors))
}
