//! Image delivery: `POST /upload_image`, `POST /images`, `GET /list_images`, `GET /images`, `GET /images/{name}`,
//! `GET /health`, `GET /profile-image/health`.
//!
//! The file comes as the part `file` of a `multipart/form-data` body. Whatever is not that has no file in it and is
//! answered `No file provided`, as the original did: another content type, no part of that name, one without a file
//! name or with an empty one. Of several such parts the first counts.

mod listing;
mod pieces;
mod upload;

pub use hexad_http::image::PublicUrl;

use crate::answer::{cors, fresh, streamed};
use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hexad::{Images, ports::ImageMeta};
use hexad_http::{App, AppBuilder, Health, Origins, PathParam, Problem, Query, RequestIds, image::Base};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How many images `GET /images` lists where the request does not say.
const PAGE: usize = 100;

/// The service: its routes, with `error` in its problem documents.
#[must_use]
pub fn app(
    images: Arc<Images>,
    public_url: PublicUrl,
    health: &Health,
    ids: RequestIds,
    origins: Origins,
) -> AppBuilder {
    App::builder("image", router(images, public_url), ids)
        .compat("error")
        .health(health, &["/health", "/profile-image/health"])
        .cors(cors(origins, "GET, HEAD, POST"))
}

/// The routes but for health.
pub fn router(images: Arc<Images>, public_url: PublicUrl) -> Router {
    Router::new()
        .route("/upload_image", post(upload_image))
        .route("/list_images", get(list_all))
        .route("/images", post(create).get(list_page))
        .route("/images/{name}", get(fetch).head(head))
        .with_state(Service { images, public_url: Arc::new(public_url) })
}

#[derive(Clone)]
struct Service {
    images: Arc<Images>,
    public_url: Arc<PublicUrl>,
}

impl FromRef<Service> for Arc<Images> {
    fn from_ref(service: &Service) -> Self {
        Arc::clone(&service.images)
    }
}

impl FromRef<Service> for Arc<PublicUrl> {
    fn from_ref(service: &Service) -> Self {
        Arc::clone(&service.public_url)
    }
}

/// An upload as the original answered it.
async fn upload_image(
    State(images): State<Arc<Images>>,
    base: Base,
    request: Request,
) -> Result<Response, Problem> {
    Ok(stored(&images, &base, request, StatusCode::OK).await?.0)
}

/// An upload as HTTP has it: 201, and where to find the image.
async fn create(
    State(images): State<Arc<Images>>,
    base: Base,
    request: Request,
) -> Result<Response, Problem> {
    let (mut response, url) = stored(&images, &base, request, StatusCode::CREATED).await?;
    if let Ok(location) = HeaderValue::try_from(url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Stores the image in the request; the answer with that status, and the image's URL.
async fn stored(
    images: &Images,
    base: &Base,
    request: Request,
    status: StatusCode,
) -> Result<(Response, String), Problem> {
    let url = base.url_of(&upload::receive(images, request).await?.name);
    Ok((fresh(status, json!({"message": "Image uploaded successfully", "url": url})), url))
}

/// All images, however many, unless the request wants a page of them.
async fn list_all(State(images): State<Arc<Images>>, base: Base, query: Query) -> Result<Response, Problem> {
    let (after, limit) = listing::asked(&query)?;
    match limit {
        Some(limit) => listing::page(&images, &base, after, limit).await,
        None => listing::stream(images, base, after).await,
    }
}

/// A page of images.
async fn list_page(State(images): State<Arc<Images>>, base: Base, query: Query) -> Result<Response, Problem> {
    let (after, limit) = listing::asked(&query)?;
    listing::page(&images, &base, after, limit.unwrap_or(PAGE)).await
}

/// The bytes of an image.
async fn fetch(State(images): State<Arc<Images>>, PathParam(name): PathParam) -> Result<Response, Problem> {
    let content = images.fetch(&name, None).await?;
    Ok((about(&content.meta), streamed(content.bytes)).into_response())
}

/// What `fetch` would say before the bytes.
async fn head(State(images): State<Arc<Images>>, PathParam(name): PathParam) -> Result<Response, Problem> {
    let meta = images.head(&name).await?;
    Ok((about(&meta), Body::empty()).into_response())
}

/// The headers of an image. The type is the true one, whatever the sender called it, and no browser is to guess
/// another; the bytes under a name never change.
fn about(meta: &ImageMeta) -> HeaderMap {
    let media_type = meta.format.map_or("application/octet-stream", |format| format.media_type());
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(meta.size)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]);
    let mut put = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    put(header::ETAG, format!("\"{}\"", meta.tag));
    // An HTTP date has whole seconds and knows nothing before 1970.
    if let Ok(seconds) = u64::try_from(meta.modified.unix_seconds()) {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        put(header::LAST_MODIFIED, httpdate::fmt_http_date(modified));
    }
    headers
}
