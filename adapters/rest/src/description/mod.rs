//! What each service says of itself: its OpenAPI document, out of its handlers, and the page made of that.
//!
//! A route stands once, in the annotation of its handler: the router and the document both come from there. What all
//! services have in common is added here, so that a handler names only what is its own.

mod common;
mod page;
mod problems;
mod schema;

pub(crate) use problems::problems;
#[doc(hidden)]
pub(crate) use problems::{responses_of, text_header};

use axum::{Router, routing::get};
use bytes::Bytes;
use hexad_http::page as html;
use http::{HeaderValue, header};
use std::sync::{Arc, OnceLock};
use utoipa::openapi::{Info, License, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

/// The name of the way in which a token is sent: `bearer` in the annotations of handlers too, which take no constant.
const BEARER: &str = "bearer";

/// What a service's document says besides its operations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// The service, for people.
    pub(crate) title: &'static str,
    /// What it does, and what holds for all of its routes.
    pub(crate) description: &'static str,
    /// The member of its problem documents that the original service had.
    pub(crate) compat: &'static str,
    /// Its own health routes.
    pub(crate) health: &'static [&'static str],
}

impl About {
    /// The whole document of the service with these routes.
    pub(crate) fn document<S>(&self, mut routes: OpenApiRouter<S>) -> OpenApi
    where
        S: Clone + Send + Sync + 'static,
    {
        let mut info = Info::new(self.title, env!("CARGO_PKG_VERSION"));
        info.description = Some(self.description.to_owned());
        let mut license = License::new("MIT OR Apache-2.0");
        license.identifier = Some("MIT OR Apache-2.0".to_owned());
        info.license = Some(license);
        let operations = routes.to_openapi();
        let mut document = OpenApiBuilder::new()
            .info(info)
            .paths(operations.paths)
            .components(operations.components)
            .build();
        common::complete(&mut document, self);
        document
    }
}

/// `GET /openapi.json` and `GET /docs`. Both are made when somebody asks for the first time.
pub(crate) fn routes(document: fn() -> OpenApi) -> Router {
    let made = Arc::new(Made { document, texts: OnceLock::new() });
    let again = Arc::clone(&made);
    Router::new()
        .route(
            "/openapi.json",
            get(move || async move {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], made.texts().json.clone())
            }),
        )
        .route("/docs", get(move || async move { html::response(again.texts().page.clone()) }))
}

struct Made {
    document: fn() -> OpenApi,
    texts: OnceLock<Texts>,
}

struct Texts {
    json: Bytes,
    page: Bytes,
}

impl Made {
    fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| {
            let document = (self.document)();
            Texts { json: text_of(&document).into(), page: page::of(&document).into() }
        })
    }
}

/// A document as it is served and as it stands among the documentation: indented, with a line break at its end.
pub fn text_of(document: &OpenApi) -> String {
    // Serialising fails only for a map whose keys are no texts; the document has none.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
