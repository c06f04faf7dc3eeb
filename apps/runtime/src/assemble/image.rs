//! The image service.

use super::{Assembly, Parts, PartsError};
use crate::{program::Service, settings::ServiceSettings};
use hexad::Images;
use hexad_http::{AppBuilder, Health};
use hexad_object_store::FolderImages;
use hexad_rest::image::PublicUrl;
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Image, app: |own, parts| Box::pin(app(own, parts)) };

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = Arc::new(FolderImages::open(parts.data_dir()?.join("images")).await?);
    let health = Health::new(hexad::Health::default().with_store("images", store.clone()));
    let settings = parts.settings;
    let public_url =
        PublicUrl { images: settings.image_public_url.clone(), service: settings.public_url.clone() };
    let images = Arc::new(Images { store });
    Ok(hexad_rest::image::app(images, public_url, &health, parts.request_ids(), own.origins.clone()))
}
