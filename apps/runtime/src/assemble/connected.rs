//! The connected service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::{LastConnections, Lookup};
use hexad_http::{AppBuilder, Health};
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Connected, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let (users, sessions) = (parts.users().await?, parts.sessions().await?);
    let last = LastConnections {
        lookup: Lookup { users: users.store },
        sessions: sessions.store,
        clock: Arc::clone(&parts.clock),
    };
    let health = Health::new(
        hexad::Health::default().with_store("users", users.probe).with_store("sessions", sessions.probe),
    );
    Ok(hexad_rest::connected::app(Arc::new(last), &health, parts.request_ids(), own.origins.clone()))
}
