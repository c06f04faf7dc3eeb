//! The log of requests: method, route, status and time. Never a query, a body or a token.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::sync::{Arc, OnceLock};
use tokio::time::Instant;
use tracing::Span;

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
    span: Span,
    method: Method,
    route: Route,
    begun: Instant,
    status: Option<StatusCode>,
    /// The status of a gRPC call that failed before its answer began.
    grpc: Option<HeaderValue>,
}

impl AccessLine {
    pub(super) fn begin(span: &Span, method: &Method, route: &Route) -> Self {
        let (span, method, route) = (span.clone(), method.clone(), route.clone());
        Self { span, method, route, begun: Instant::now(), status: None, grpc: None }
    }

    /// Writes the line of an answered request.
    pub(super) fn end(mut self, status: StatusCode, headers: &HeaderMap) {
        self.status = Some(status);
        self.grpc = headers.get("grpc-status").cloned();
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let _entered = self.span.enter();
        let method = &self.method;
        let path = self.route.0.get().map_or("-", MatchedPath::as_str);
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.status {
            Some(status) => {
                let (status, grpc) =
                    (status.as_u16(), self.grpc.as_ref().and_then(|grpc| grpc.to_str().ok()));
                tracing::info!(target: "hexad::access", %method, path, status, grpc, ms, "answered");
            }
            None => tracing::info!(target: "hexad::access", %method, path, ms, "the client went away"),
        }
    }
}
