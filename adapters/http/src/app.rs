//! One service: its routes, and what is done to every request and answer around them.

use crate::{
    code::Code,
    cors::Cors,
    health::Health,
    limits::Limits,
    linger,
    problem::Problem,
    query::check_path,
    request_id::{RequestIds, X_REQUEST_ID},
};
use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use std::{
    any::Any,
    convert::Infallible,
    fmt,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};
use tokio::{sync::Semaphore, time::Instant};
use tower::{Service, ServiceExt};
use tracing::Instrument;

mod held;

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
    ids: RequestIds,
    requests: Arc<Semaphore>,
    always: Vec<&'static str>,
    refuser: Option<Arc<Refuser>>,
}

/// Puts an [`App`] together.
pub struct AppBuilder {
    name: &'static str,
    router: Router,
    ids: RequestIds,
    compat: Option<&'static str>,
    cors: Cors,
    limits: Limits,
    always: Vec<&'static str>,
    refuser: Option<Arc<Refuser>>,
}

impl App {
    /// Begins a service with its name in the log, its own routes, and the source of request ids.
    #[must_use]
    pub fn builder(name: &'static str, router: Router, ids: RequestIds) -> AppBuilder {
        AppBuilder {
            name,
            router,
            ids,
            compat: None,
            cors: Cors::default(),
            limits: Limits::default(),
            always: vec!["/livez", "/readyz"],
            refuser: None,
        }
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
        let mut line = AccessLine::begin(&method, &route);
        let span = tracing::info_span!("request", service = app.name, %id);
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(route);
        request.extensions_mut().insert(Arc::clone(&app.limits));

        let mut response = app.answer(request).instrument(span.clone()).await;

        if let Some(problem) = response.extensions_mut().remove::<Problem>()
            && app.compat.is_some()
        {
            problem.write(&mut response, app.compat);
        }
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        app.cors.decorate(origin.as_ref(), response.headers_mut());
        response.headers_mut().insert(X_REQUEST_ID, HeaderValue::from(&id));
        span.in_scope(|| line.end(response.status()));
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
        if let Err(problem) = check_path(refused.uri.path()) {
            return self.refuse(problem, &refused);
        }
        let permit = if self.always.contains(&refused.uri.path()) {
            None
        } else if let Ok(permit) = Arc::clone(&self.requests).try_acquire_owned() {
            Some(permit)
        } else {
            return self.refuse(Problem::new(Code::Busy, "Too many requests at once."), &refused);
        };
        let (request, leftover) = linger::lend(request);
        let outcome = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind().await;
        let response = match outcome {
            Ok(answer) => answer.unwrap_or_else(|never| match never {}),
            Err(panic) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked");
                self.refuse(Problem::internal(), &refused)
            }
        };
        // Whoever was too slow is not waited for again.
        if response.status() != StatusCode::REQUEST_TIMEOUT {
            leftover.drain(&self.limits).await;
        }
        held::hold(response, permit)
    }

    fn refuse(&self, problem: Problem, refused: &Refused) -> Response {
        let own = self.refuser.as_ref().and_then(|refuser| refuser(&problem, refused));
        own.unwrap_or_else(|| problem.into_response())
    }
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

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder").field("name", &self.name).finish_non_exhaustive()
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

impl AppBuilder {
    /// The member of a problem document that the original service used: `message` or `error`.
    #[must_use]
    pub fn compat(mut self, member: &'static str) -> Self {
        self.compat = Some(member);
        self
    }

    /// What pages of other origins may do. Closed where nothing is said.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// The bounds of the server.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The health check, answered as JSON by `/readyz` and by these routes.
    #[must_use]
    pub fn health(mut self, health: &Health, routes: &[&'static str]) -> Self {
        for route in ["/readyz"].iter().chain(routes) {
            self.router = self.router.route(route, health.route());
        }
        self.always(routes)
    }

    /// Routes of the service itself that are served whatever the bound on concurrent requests says.
    #[must_use]
    pub fn always(mut self, routes: &[&'static str]) -> Self {
        self.always.extend(routes);
        self
    }

    /// How to answer what the server refuses by itself (`busy`, `internal`, a path that does not decode) where the
    /// service speaks something else than problem documents on some of its routes.
    #[must_use]
    pub fn refuse_with(
        mut self,
        refuser: impl Fn(&Problem, &Refused) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        self.refuser = Some(Arc::new(refuser));
        self
    }

    /// The service.
    #[must_use]
    pub fn build(self) -> App {
        let router = self
            .router
            .route("/livez", get(|| async { "alive" }))
            .fallback(|| async { Problem::new(Code::NotFound, "There is nothing here.") })
            .method_not_allowed_fallback(|| async {
                Problem::new(Code::MethodNotAllowed, "The method is not allowed here.")
            })
            .layer(from_fn(note_route));
        App(Arc::new(Inner {
            name: self.name,
            router,
            compat: self.compat,
            cors: self.cors,
            requests: Arc::new(Semaphore::new(self.limits.requests)),
            limits: Arc::new(self.limits),
            ids: self.ids,
            always: self.always,
            refuser: self.refuser,
        }))
    }
}

/// The pattern of the route that a request took. The path itself may hold what is nobody's business.
#[derive(Clone, Default)]
struct Route(Arc<OnceLock<MatchedPath>>);

/// Notes the route where the log finds it: only within the router is it known.
async fn note_route(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    if let (Some(route), Some(path)) = (extensions.get::<Route>(), extensions.get::<MatchedPath>()) {
        // Set once: nothing else writes it.
        let _ = route.0.set(path.clone());
    }
    next.run(request).await
}

/// The line of a request in the log, written even when its client goes away before the answer.
struct AccessLine {
    method: Method,
    route: Route,
    begun: Instant,
    ended: bool,
}

impl AccessLine {
    fn begin(method: &Method, route: &Route) -> Self {
        Self { method: method.clone(), route: route.clone(), begun: Instant::now(), ended: false }
    }

    fn end(&mut self, status: StatusCode) {
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
