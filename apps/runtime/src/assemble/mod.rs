//! Putting each service together from its adapters, one file for each.

mod auth;
mod connected;
mod image;
mod parts;
mod session;
mod user_lookup;
mod user_soap;

pub(crate) use parts::Parts;
pub use parts::PartsError;

use crate::{program::Service, settings::ServiceSettings};
use hexad_http::AppBuilder;

/// The service, ready for its bounds.
pub(crate) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    match own.service {
        Service::Auth => auth::app(own, parts).await,
        Service::UserSoap => user_soap::app(own, parts).await,
        Service::Session => session::app(own, parts).await,
        Service::Image => image::app(own, parts).await,
        Service::UserLookup => user_lookup::app(own, parts).await,
        Service::Connected => connected::app(own, parts).await,
    }
}
