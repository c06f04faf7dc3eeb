//! Health in words, as the originals told it.

use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use hexad_http::Health;
use http::{StatusCode, header};

/// A route that answers 200 with that text, or 503 with what is missing.
pub(crate) fn route(health: &Health, healthy: &'static str) -> MethodRouter {
    let health = health.clone();
    get(async move || {
        let report = health.report().await;
        let (status, text) = if report.is_healthy() {
            (StatusCode::OK, healthy.to_owned())
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, format!("Unhealthy: {}", report.missing.join(", ")))
        };
        (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
    })
}
