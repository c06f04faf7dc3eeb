//! The log of requests: method, route, status and time. Never a query, a body or a token.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{Method, StatusCode};
use std::sync::{Arc, OnceLock};
use tokio::time::Instant;

/// The pattern of the route that a request took. The path itself may hold what is nobody's business.
#[derive(Clone, Default)]
pub(super) struct Route(Arc<OnceLock<MatchedPath>>);

/// Notes the route where the log finds it: only within the router is it known.
pub(super) async fn note_route(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    if let (Some(route), Some(path)) = (extensions.get::<Route>(), extensions.get::<MatchedPath>()) {
        // Set once: nothing else writes it.
        let _ = route.0.set(path.clone());
    }
    next.run(request).await
}

/// The line of a request in the log, written even when its client goes away before the answer.
pub(super) struct AccessLine {
    method: Method,
    route: Route,
    begun: Instant,
    ended: bool,
}

impl AccessLine {
    pub(super) fn begin(method: &Method, route: &Route) -> Self {
        Self { method: method.clone(), route: route.clone(), begun: Instant::now(), ended: false }
    }

    pub(super) fn end(&mut self, status: StatusCode) {
        self.ended = true;
        let (method, path, ms) = self.parts();
        tracing::info!(target: "hexad::access", %method, path, status = status.as_u16(), ms, "answered");
    }

    fn parts(&self) -> (&Method, &str, u64) {
        let path = self.route.0.get().map_or("-", MatchedPath::as_str);
        (&self.method, path, u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        if !self.ended {
            let (method, path, ms) = self.parts();
            tracing::info!(target: "hexad::access", %method, path, ms, "the client went away");
        }
    }
}
