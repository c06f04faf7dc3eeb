//! Putting a service together.

use super::{App, Inner, Protocol, Refused, Refuser, access::note_route};
use crate::{
    code::Code, cors::Cors, forwarding::TrustedProxies, health::Health, limits::Limits, problem::Problem,
    request_id::RequestIds,
};
use axum::{Router, middleware::from_fn, response::Response, routing::get};
use std::{fmt, sync::Arc};
use tokio::sync::Semaphore;

/// Puts an [`App`] together.
pub struct AppBuilder {
    name: &'static str,
    router: Router,
    ids: RequestIds,
    compat: Option<&'static str>,
    cors: Cors,
    limits: Limits,
    proxies: TrustedProxies,
    always: Vec<&'static str>,
    refuser: Option<Arc<Refuser>>,
    beside: Option<Protocol>,
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl AppBuilder {
    pub(super) fn new(name: &'static str, router: Router, ids: RequestIds) -> Self {
        Self {
            name,
            router,
            ids,
            compat: None,
            cors: Cors::default(),
            limits: Limits::default(),
            proxies: TrustedProxies::default(),
            always: vec!["/livez", "/readyz"],
            refuser: None,
            beside: None,
        }
    }

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

    /// The proxies whose forwarding headers count. None where nothing is said.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
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

    /// Another protocol on the same port.
    #[must_use]
    pub fn beside(mut self, protocol: Protocol) -> Self {
        self.beside = Some(protocol);
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
        let noted =
            |protocol: Protocol| Protocol { router: protocol.router.layer(from_fn(note_route)), ..protocol };
        App(Arc::new(Inner {
            name: self.name,
            router,
            compat: self.compat,
            cors: self.cors,
            requests: Arc::new(Semaphore::new(self.limits.requests)),
            limits: Arc::new(self.limits),
            proxies: Arc::new(self.proxies),
            ids: self.ids,
            always: self.always,
            refuser: self.refuser,
            beside: self.beside.map(noted),
        }))
    }
}
