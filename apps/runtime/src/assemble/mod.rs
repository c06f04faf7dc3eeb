//! Putting each service together from its adapters, one file for each.

pub(crate) mod auth;
pub(crate) mod connected;
mod events;
pub(crate) mod image;
mod made;
mod parts;
mod seam;
pub(crate) mod session;
mod stores;
pub(crate) mod user_lookup;
pub(crate) mod user_soap;

pub(crate) use parts::Parts;
pub use parts::PartsError;

use crate::{program::Service, settings::ServiceSettings};
use hexad_http::AppBuilder;
use std::pin::Pin;

/// A service that is being put together.
pub(crate) type Assembling<'a> = Pin<Box<dyn Future<Output = Result<AppBuilder, PartsError>> + Send + 'a>>;

/// How a service is put together, ready for its bounds.
#[derive(Clone, Copy)]
pub(crate) struct Assembly {
    /// Which service.
    pub(crate) service: Service,
    /// Makes it of its own settings and the parts of the program.
    pub(crate) app: for<'a, 'b> fn(&'a ServiceSettings, &'a mut Parts<'b>) -> Assembling<'a>,
}
