//! The image service.

use super::{Parts, PartsError};
use crate::settings::ServiceSettings;
use hexad::Images;
use hexad_http::{AppBuilder, Health};
use hexad_rest::image::PublicUrl;
use std::sync::Arc;

pub(super) async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(parts.images().await?);
    let health = Health::new(hexad::Health::default().with_store("images", store.clone()));
    let settings = parts.settings;
    let public_url =
        PublicUrl { images: settings.image_public_url.clone(), service: settings.public_url.clone() };
    let images = Arc::new(Images { store });
    Ok(hexad_rest::image::app(images, public_url, &health, parts.request_ids(), own.origins.clone()))
}
