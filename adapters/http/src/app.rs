//! One service: its routes, and what is done to every request and answer around them.

use crate::{
    code::Code,
    cors::Cors,
    forwarding::TrustedProxies,
    kept::Kept,
    limits::Limits,
    linger,
    problem::Problem,
    query::check_path,
    request_id::{RequestIds, X_REQUEST_ID},
};
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode, Uri, Version, header};
use std::{
    any::Any,
    convert::Infallible,
    fmt,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Service, ServiceExt};
use tracing::Instrument;

mod access;
mod builder;
mod protocol;

use access::{AccessLine, Route};
pub use builder::AppBuilder;
pub use protocol::Protocol;

/// A request that the server refused by itself, before or in place of its handler.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The request's method.
    pub method: Method,
    /// The request's target.
    pub uri: Uri,
    /// The request's content type.
    pub content_type: Option<HeaderValue>,
}

type Refuser = dyn Fn(&Problem, &Refused) -> Option<Response> + Send + Sync;

/// A service: routes within the common behaviour of all services.
///
/// Around the routes it gives every answer a request id and a line in the log, renders problems with the member of
/// the original service, answers unknown routes (404), other methods (405) and preflights, keeps to the bound on
/// concurrent requests, and turns a panic into a 500 that says nothing. It is a `tower` service too, for tests
/// without a socket.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    name: &'static str,
    router: Router,
    compat: Option<&'static str>,
    cors: Cors,
    limits: Arc<Limits>,
    proxies: Arc<TrustedProxies>,
    ids: RequestIds,
    requests: Arc<Semaphore>,
    always: Vec<&'static str>,
    refuser: Option<Arc<Refuser>>,
    beside: Option<Protocol>,
}

impl App {
    /// Begins a service with its name in the log, its own routes, and the source of request ids.
    #[must_use]
    pub fn builder(name: &'static str, router: Router, ids: RequestIds) -> AppBuilder {
        AppBuilder::new(name, router, ids)
    }

    /// The service's name in the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The service's bounds.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Answers a request.
    pub async fn handle(&self, mut request: Request) -> Response {
        let app = &self.0;
        let id = app.ids.id_for(request.headers());
        let method = request.method().clone();
        let origin = request.headers().get(header::ORIGIN).cloned();
        let route = Route::default();
        let span = tracing::info_span!("request", service = app.name, %id);
        let line = AccessLine::begin(&span, &method, &route);
        request.extensions_mut().insert(route);
        request.extensions_mut().insert(Arc::clone(&app.limits));
        request.extensions_mut().insert(Arc::clone(&app.proxies));

        let mut response = app.answer(request).instrument(span).await;

        if let Some(problem) = response.extensions_mut().remove::<Problem>()
            && app.compat.is_some()
        {
            problem.write(&mut response, app.compat);
        }
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        // The router counts the bytes of any body, and none would be wrong here (RFC 9110, 8.6).
        if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        app.cors.decorate(origin.as_ref(), response.headers_mut());
        response.headers_mut().insert(X_REQUEST_ID, HeaderValue::from(&id));
        line.end(response.status(), response.headers());
        response
    }
}

impl Inner {
    async fn answer(&self, request: Request) -> Response {
        if let Some(preflight) = self.cors.preflight(request.method(), request.headers()) {
            return preflight;
        }
        let refused = Refused {
            method: request.method().clone(),
            uri: request.uri().clone(),
            content_type: request.headers().get(header::CONTENT_TYPE).cloned(),
        };
        let beside = self.beside.as_ref().filter(|protocol| (protocol.spoken_in)(&request));
        let listens = beside.is_some() && request.version() == Version::HTTP_2;
        let (request, leftover) = linger::lend(request, listens);
        let permit = match self.admit(&request) {
            Ok(permit) => permit,
            Err(problem) => {
                drop(request);
                leftover.drain(self.limits.drain_bytes, self.limits.drain_time_unserved).await;
                return self.refuse(problem, &refused, beside);
            }
        };
        let router = beside.map_or(&self.router, |protocol| &protocol.router);
        let outcome = AssertUnwindSafe(router.clone().oneshot(request)).catch_unwind().await;
        let response = match outcome {
            Ok(answer) => answer.unwrap_or_else(|never| match never {}),
            Err(panic) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked");
                self.refuse(Problem::internal(), &refused, beside)
            }
        };
        // Whoever was too slow is not waited for again.
        if response.status() != StatusCode::REQUEST_TIMEOUT {
            leftover.drain(self.limits.drain_bytes, self.limits.drain_time).await;
        }
        match permit {
            Some(permit) => response.map(|body| Body::new(Kept::new(body, permit))),
            None => response,
        }
    }

    /// Lets a request in, with a place among the concurrent ones where it needs one.
    fn admit(&self, request: &Request) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        let most = self.limits.header_bytes;
        if head_bytes(request) > u64::from(most) {
            return Err(Problem::new(
                Code::HeadTooLarge,
                format!("The head of a request may have at most {most} bytes."),
            ));
        }
        let path = request.uri().path();
        check_path(path)?;
        if self.always.contains(&path) {
            return Ok(None);
        }
        let permit = Arc::clone(&self.requests).try_acquire_owned();
        permit.map(Some).map_err(|_| Problem::new(Code::Busy, "Too many requests at once."))
    }

    fn refuse(&self, problem: Problem, refused: &Refused, beside: Option<&Protocol>) -> Response {
        if let Some(protocol) = beside {
            return (protocol.refuse)(&problem);
        }
        let own = self.refuser.as_ref().and_then(|refuser| refuser(&problem, refused));
        own.unwrap_or_else(|| problem.into_response())
    }
}

/// How large the head is, or would be as one of HTTP/1.1, in bytes.
fn head_bytes(request: &Request) -> u64 {
    let uri = request.uri();
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + " ".len() + target + " HTTP/1.1\r\n".len();
    let fields =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    (line + fields.sum::<usize>() + "\r\n".len()) as u64
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Service<Request> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let app = self.clone();
        Box::pin(async move { Ok(app.handle(request).await) })
    }
}
