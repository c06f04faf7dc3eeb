//! Image delivery: `POST /upload_image`, `POST /images`, `PUT /images/{name}`, `GET /list_images`, `GET /images`,
//! `GET /images/{name}`, `GET /health`, `GET /profile-image/health`.
//!
//! With `POST` the file comes as the part `file` of a `multipart/form-data` body. Whatever is not that has no file in it and is
//! answered `No file provided`, as the original did: another content type, no part of that name, one without a file
//! name or with an empty one. Of several such parts the first counts.

mod conditions;
mod listing;
mod pieces;
mod put;
mod range;
mod serve;
mod upload;
mod validators;

pub use hexad_http::image::PublicUrl;

use crate::answer::{cors, fresh};
use axum::{
    Router,
    extract::{FromRef, Request, State},
    response::Response,
    routing::{get, post},
};
use hexad::Images;
use hexad_http::{App, AppBuilder, Health, Origins, PathParam, Problem, Query, RequestIds, image::Base};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use std::sync::Arc;

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
        .cors(cors(origins, "GET, HEAD, POST, PUT"))
}

/// The routes but for health.
pub fn router(images: Arc<Images>, public_url: PublicUrl) -> Router {
    Router::new()
        .route("/upload_image", post(upload_image))
        .route("/list_images", get(list_all))
        .route("/images", post(create).get(list_page))
        .route("/images/{name}", get(fetch).head(head).put(put_image))
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
    let uploaded = upload::receive(&images, request).await?;
    Ok(stored(StatusCode::OK, &base.url_of(&uploaded.name)))
}

/// An upload as HTTP has it: 201, and where to find the image.
async fn create(
    State(images): State<Arc<Images>>,
    base: Base,
    request: Request,
) -> Result<Response, Problem> {
    let uploaded = upload::receive(&images, request).await?;
    Ok(created(&base.url_of(&uploaded.name)))
}

/// An image under the very name that it is given.
async fn put_image(
    State(images): State<Arc<Images>>,
    base: Base,
    PathParam(name): PathParam,
    request: Request,
) -> Result<Response, Problem> {
    let uploaded = put::receive(&images, &name, request).await?;
    let url = base.url_of(&uploaded.name);
    Ok(if uploaded.created { created(&url) } else { stored(StatusCode::OK, &url) })
}

fn created(url: &str) -> Response {
    let mut response = stored(StatusCode::CREATED, url);
    if let Ok(location) = HeaderValue::try_from(url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn stored(status: StatusCode, url: &str) -> Response {
    fresh(status, json!({"message": "Image uploaded successfully", "url": url}))
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
async fn fetch(
    State(images): State<Arc<Images>>,
    PathParam(name): PathParam,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serve::get(&images, &name, &headers).await
}

/// What `fetch` would say before the bytes.
async fn head(
    State(images): State<Arc<Images>>,
    PathParam(name): PathParam,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serve::head(&images, &name, &headers).await
}
