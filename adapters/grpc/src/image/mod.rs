//! `hexad.image.v1.ImageDelivery`: `uploadImage` and `listImages`, with the rules of the HTTP face.

mod listing;
mod upload;

use crate::{
    front, health,
    proto::{
        Image, ListImagesRequest, UploadImageRequest, UploadImageResponse,
        image_delivery_server::{ImageDelivery, ImageDeliveryServer, SERVICE_NAME},
    },
    reflection, status,
};
use axum::{
    Router,
    extract::{self, State},
    middleware::{Next, from_fn_with_state, map_request},
};
use futures_util::Stream;
use hexad::Images;
use hexad_http::{
    AppBuilder, Code, Health, Problem,
    image::{Base, PublicUrl},
};
use std::{pin::Pin, sync::Arc};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, Streaming};

const UPLOAD_IMAGE: &str = "/hexad.image.v1.ImageDelivery/uploadImage";
const LIST_IMAGES: &str = "/hexad.image.v1.ImageDelivery/listImages";

/// The largest message of an upload, which is gathered in memory: what gRPC's own libraries take where nothing else is
/// said.
const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// How many uploads there may be at once: all their messages take no more memory than as many bodies of JSON as a server
/// reads at once.
const UPLOADS: usize = 128;

/// Puts the service on the port of the image service, with health and reflection beside it.
#[must_use]
pub fn beside(app: AppBuilder, images: Arc<Images>, public_url: PublicUrl, health: &Health) -> AppBuilder {
    let methods = routes(images, public_url)
        .merge(health::routes(health.clone(), SERVICE_NAME))
        .merge(reflection::routes());
    app.beside(front::protocol(methods)).always(&health::PATHS)
}

fn routes(images: Arc<Images>, public_url: PublicUrl) -> Router {
    let server = ImageDeliveryServer::new(Delivery { images, uploads: Semaphore::new(UPLOADS) });
    let server = server.max_decoding_message_size(LARGEST_MESSAGE);
    let upload = Router::new().route_service(UPLOAD_IMAGE, server.clone()).layer(map_request(front::long));
    let list = Router::new().route_service(LIST_IMAGES, server).layer(map_request(front::short));
    upload.merge(list).layer(from_fn_with_state(Arc::new(public_url), note_base))
}

/// Notes where the images of this request can be fetched, which its methods cannot see any more.
async fn note_base(
    State(settings): State<Arc<PublicUrl>>,
    request: extract::Request,
    next: Next,
) -> axum::response::Response {
    let (mut parts, body) = request.into_parts();
    match Base::of(&settings, &parts) {
        Ok(base) => parts.extensions.insert(base),
        Err(problem) => return status::answer(&problem),
    };
    next.run(extract::Request::from_parts(parts, body)).await
}

fn base_of<T>(request: &Request<T>) -> Result<Base, Status> {
    let base = request.extensions().get().cloned();
    base.ok_or_else(|| status::of(&Problem::internal()))
}

struct Delivery {
    images: Arc<Images>,
    /// Places for those that are being received.
    uploads: Semaphore,
}

#[tonic::async_trait]
impl ImageDelivery for Delivery {
    async fn upload_image(
        &self,
        request: Request<Streaming<UploadImageRequest>>,
    ) -> Result<Response<UploadImageResponse>, Status> {
        let base = base_of(&request)?;
        let busy = |_| status::of(&Problem::new(Code::Busy, "Too many uploads at once."));
        let _place = self.uploads.try_acquire().map_err(busy)?;
        upload::receive(&self.images, &base, request.into_inner()).await.map(Response::new)
    }

    type listImagesStream = Pin<Box<dyn Stream<Item = Result<Image, Status>> + Send>>;

    async fn list_images(
        &self,
        request: Request<ListImagesRequest>,
    ) -> Result<Response<Self::listImagesStream>, Status> {
        let base = base_of(&request)?;
        let images = listing::stream(Arc::clone(&self.images), base, request.get_ref()).await?;
        Ok(Response::new(Box::pin(images)))
    }
}
