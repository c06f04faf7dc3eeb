//! What the answers and the settings of the four services have in common.

use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use hexad::ports::error_chain;
use hexad_http::{Cors, Origins};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::error::Error;

/// A JSON answer that holds for one caller at one moment, so that no cache may keep it (RFC 9111, 5.2.2.5; for
/// tokens RFC 6749, 5.1, demands it).
pub(crate) fn fresh(status: StatusCode, document: impl Serialize) -> Response {
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, no_store, Json(document)).into_response()
}

/// A body that comes from a store while the client takes it. The head is out by then, so that an outage can only end
/// the connection; its cause is in the log of the request.
pub(crate) fn streamed<S, E>(stream: S) -> Body
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    // The server drops the request's span before it takes the body.
    let span = tracing::Span::current();
    Body::from_stream(stream.map_err(Into::into).inspect_err(move |error| {
        let error = error_chain(error.as_ref());
        span.in_scope(|| tracing::warn!(error, "an answer broke off"));
    }))
}

/// What pages of these origins may do with a service of these methods. None of them uses cookies.
pub(crate) fn cors(origins: Origins, methods: &'static str) -> Cors {
    let headers = "Authorization, Content-Type, If-Match, X-Device-Token";
    Cors { origins, credentials: false, methods, headers }
}
