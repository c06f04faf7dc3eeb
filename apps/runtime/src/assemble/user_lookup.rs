//! The lookup service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::Lookup;
use hexad_http::{App, AppBuilder, Cors, Health};
use hexad_soap::lookup;
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let health = Health::new(hexad::Health::default().with_store("users", store.clone()));
    let routes = lookup::router(Arc::new(Lookup { users: store }), &health);
    let cors = Cors {
        origins: own.origins.clone(),
        credentials: true,
        methods: "GET, POST",
        headers: "Content-Type, SOAPAction",
    };
    Ok(App::builder("user-lookup", routes, parts.request_ids())
        .always(&[lookup::HEALTH_ROUTE])
        .health(&health, &[])
        .refuse_with(lookup::refuse)
        .cors(cors))
}
