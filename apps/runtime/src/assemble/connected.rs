//! The connected service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::{LastConnections, Lookup};
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.store().await?);
    let last = LastConnections {
        lookup: Lookup { users: store.clone() },
        sessions: store.clone(),
        clock: Arc::clone(&parts.clock),
    };
    // One store holds both while it is the embedded one.
    let health = Health::new(
        hexad::Health::default().with_store("users", store.clone()).with_store("sessions", store),
    );
    Ok(hexad_rest::connected::app(Arc::new(last), &health, parts.request_ids(), own.origins.clone()))
}
