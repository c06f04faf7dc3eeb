//! Image delivery: `POST /upload_image`, `POST /images`, `PUT /images/{name}`, `GET /list_images`, `GET /images`,
//! `GET /images/{name}`, `GET /health`, `GET /profile-image/health`.
//!
//! With `POST` the file comes as the part `file` of a `multipart/form-data` body. Whatever is not that has no file in it and is
//! answered `No file provided`, as the original did: another content type, no part of that name, one without a file
//! name or with an empty one. Of several such parts the first counts.

mod conditions;
mod described;
mod disposition;
mod listing;
mod pieces;
mod put;
mod range;
mod schema;
mod serve;
mod upload;
mod validators;

pub use hexad_http::image::PublicUrl;

use crate::{
    answer::{cors, fresh},
    description::{self, About, problems},
};
use axum::{
    Router,
    extract::{FromRef, Request, State},
    response::Response,
};
use described::{Part, ReadConditions, Served, Told, WriteConditions};
use hexad::Images;
use hexad_http::{App, AppBuilder, Health, Origins, PathParam, Problem, Query, RequestIds, image::Base};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use schema::{Form, Image, Listed, Stored};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

const ABOUT: About = About {
    title: "Hexad images",
    description: "Receives, lists and serves images: JPEG, PNG, GIF, WebP, AVIF and BMP, decided by their bytes. Nothing \
        is ever overwritten.\n\n\
        The same over gRPC on the same port: server reflection describes it.",
    compat: "error",
    health: &["/health", "/profile-image/health"],
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
        .compat(ABOUT.compat)
        .health(health, ABOUT.health)
        .cors(cors(origins, "GET, HEAD, POST, PUT"))
}

/// The routes but for health.
pub fn router(images: Arc<Images>, public_url: PublicUrl) -> Router {
    let service = Service { images, public_url: Arc::new(public_url) };
    Router::from(api().with_state(service)).merge(description::routes(openapi))
}

/// The service's OpenAPI document.
#[must_use]
pub fn openapi() -> OpenApi {
    ABOUT.document(api())
}

fn api() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(upload_image))
        .routes(routes!(list_all))
        .routes(routes!(create, list_page))
        .routes(routes!(fetch, head, put_image))
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

problems!(UploadProblems: NoFile, InvalidName, RequestTimeout, NameTaken, TooLarge, NotAnImage, Unavailable);

/// Stores an image, answered as it always was.
#[utoipa::path(
    post,
    path = "/upload_image",
    request_body(content = Form, content_type = "multipart/form-data"),
    responses((status = 200, description = "It is there.", body = Stored<'_>), UploadProblems)
)]
async fn upload_image(
    State(images): State<Arc<Images>>,
    base: Base,
    request: Request,
) -> Result<Response, Problem> {
    let uploaded = upload::receive(&images, request).await?;
    Ok(stored(StatusCode::OK, &base.url_of(&uploaded.name)))
}

/// Stores an image.
///
/// Other bytes under its name are never overwritten: then it gets a name with the beginning of its SHA-256. The same
/// bytes again have the same URL.
#[utoipa::path(
    post,
    path = "/images",
    request_body(content = Form, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "It is there.", body = Stored<'_>, headers(("Location" = String))),
        UploadProblems
    )
)]
async fn create(
    State(images): State<Arc<Images>>,
    base: Base,
    request: Request,
) -> Result<Response, Problem> {
    let uploaded = upload::receive(&images, request).await?;
    Ok(created(&base.url_of(&uploaded.name)))
}

problems!(PutProblems: InvalidName, RequestTimeout, NameTaken, PreconditionFailed, TooLarge, NotAnImage,
    UnsupportedMediaType, Unavailable);

/// Stores an image under the very name that it is given.
#[utoipa::path(
    put,
    path = "/images/{name}",
    params(
        ("name" = String, Path, pattern = "^[A-Za-z0-9-]([A-Za-z0-9_.-]{0,198}[A-Za-z0-9-])?$",
            description = "One that making it safe would not change."),
        WriteConditions,
    ),
    request_body(content = Image, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "It is there.", body = Stored<'_>, headers(("Location" = String))),
        (status = 200, description = "The same bytes were there.", body = Stored<'_>),
        PutProblems
    )
)]
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
    fresh(status, Stored { message: "Image uploaded successfully", url })
}

problems!(ListProblems: InvalidField, InvalidCursor, Unavailable);

/// Lists all images, however many, or a page of them.
#[utoipa::path(
    get,
    path = "/list_images",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; all without it."),
        ("cursor" = Option<String>, Query, description = "The `next` of another page."),
    ),
    responses((status = 200, description = "The images.", body = Listed), ListProblems)
)]
async fn list_all(State(images): State<Arc<Images>>, base: Base, query: Query) -> Result<Response, Problem> {
    let (after, limit) = listing::asked(&query)?;
    match limit {
        Some(limit) => listing::page(&images, &base, after, limit).await,
        None => listing::stream(&images, base, after).await,
    }
}

/// Lists a page of the images.
#[utoipa::path(
    get,
    path = "/images",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; 100 without it."),
        ("cursor" = Option<String>, Query, description = "The `next` of another page."),
    ),
    responses((status = 200, description = "The images.", body = Listed), ListProblems)
)]
async fn list_page(State(images): State<Arc<Images>>, base: Base, query: Query) -> Result<Response, Problem> {
    let (after, limit) = listing::asked(&query)?;
    listing::page(&images, &base, after, limit.unwrap_or(PAGE)).await
}

problems!(ServeProblems: ImageNotFound, PreconditionFailed, RangeNotSatisfiable, Unavailable);

/// The bytes of an image.
#[utoipa::path(
    get,
    path = "/images/{name}",
    params(("name" = String, Path, min_length = 1), Part, ReadConditions),
    responses(Served, ServeProblems)
)]
async fn fetch(
    State(images): State<Arc<Images>>,
    PathParam(name): PathParam,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serve::get(&images, &name, &headers).await
}

problems!(HeadProblems: ImageNotFound, PreconditionFailed, Unavailable);

/// What is known of an image, without its bytes. A range is passed over.
#[utoipa::path(
    head,
    path = "/images/{name}",
    params(("name" = String, Path, min_length = 1), ReadConditions),
    responses(Told, HeadProblems)
)]
async fn head(
    State(images): State<Arc<Images>>,
    PathParam(name): PathParam,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serve::head(&images, &name, &headers).await
}
