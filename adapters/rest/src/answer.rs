//! What the answers and the settings of the four services have in common.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use hexad_http::{Cors, Origins};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

/// A JSON answer that holds for one caller at one moment, so that no cache may keep it (RFC 9111, 5.2.2.5; for
/// tokens RFC 6749, 5.1, demands it).
pub(crate) fn fresh(status: StatusCode, document: Value) -> Response {
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, no_store, Json(document)).into_response()
}

/// What pages of these origins may do with a service of these methods. None of them uses cookies.
pub(crate) fn cors(origins: Origins, methods: &'static str) -> Cors {
    let headers = "Authorization, Content-Type, If-Match, X-Device-Token";
    Cors { origins, credentials: false, methods, headers }
}
