//! The image service: REST and gRPC on one port.

use super::{Assembly, Parts, PartsError};
use crate::{preparing::Mistaken, program::Service, settings::ServiceSettings};
use hexad::{
    Images,
    ports::{ImageStore, Probe},
};
use hexad_http::{AppBuilder, Health, image::PublicUrl};
use hexad_object_store::{FolderImages, S3Images, S3Settings};
use std::sync::Arc;

pub(crate) const SERVICE: Assembly =
    Assembly { service: Service::Image, app: |own, parts| Box::pin(app(own, parts)) };

/// Where images are.
struct Store {
    images: Arc<dyn ImageStore>,
    probe: Arc<dyn Probe>,
    /// What stands before the names of images that clients fetch straight from the store.
    public_url: Option<String>,
}

async fn app(own: &ServiceSettings, parts: &mut Parts<'_>) -> Result<AppBuilder, PartsError> {
    let store = store(parts).await?;
    let health = Health::new(hexad::Health::default().with_store("images", store.probe));
    let settings = parts.settings;
    let public_url = PublicUrl {
        images: settings.image_public_url.clone().or(store.public_url),
        service: own.public_url.clone(),
    };
    let images = Arc::new(Images { store: store.images });
    let (ids, origins) = (parts.request_ids(), own.origins.clone());
    let app = hexad_rest::image::app(images.clone(), public_url.clone(), &health, ids, origins);
    Ok(hexad_grpc::image::beside(app, images, public_url, &health))
}

async fn store(parts: &mut Parts<'_>) -> Result<Store, PartsError> {
    let settings = parts.settings;
    let Some(bucket) = &settings.bucket else {
        let folder = Arc::new(FolderImages::open(parts.data_dir()?.join("images")).await?);
        return Ok(Store { images: folder.clone(), probe: folder, public_url: None });
    };
    let made = S3Settings { patience: settings.patience.bucket, ..bucket.settings.clone() };
    let images = S3Images::new(made).map_err(|mistake| Mistaken::new(&bucket.names, mistake))?;
    let public_url = Some(images.public_url());
    let images = Arc::new(images);
    parts.prepare("S3", images.clone(), bucket.names.clone());
    Ok(Store { images: images.clone(), probe: images, public_url })
}
