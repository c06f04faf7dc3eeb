//! A second protocol on the port of a service.

use crate::problem::Problem;
use axum::{Router, extract::Request, response::Response};
use std::fmt;

/// Another protocol that a service speaks on its own port, in requests that are told from others by their head, as those
/// of gRPC are.
///
/// The [`App`](super::App) does around them what it does around the service's own routes. Of a body that was refused it
/// throws nothing away on HTTP/2: whoever speaks such a protocol listens while it sends.
///
/// ```
/// use axum::{Router, response::IntoResponse};
/// use hexad_http::{App, Protocol, RequestIds};
/// use http::header::CONTENT_TYPE;
///
/// let shouting = Protocol {
///     spoken_in: |request| request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/loud"),
///     router: Router::new().fallback(|| async { "HELLO" }),
///     refuse: |problem| problem.detail.to_uppercase().into_response(),
/// };
/// let app = App::builder("example", Router::new(), RequestIds::new(1)).beside(shouting).build();
/// ```
#[derive(Clone)]
pub struct Protocol {
    /// Whether it is spoken in a request.
    pub spoken_in: fn(&Request) -> bool,
    /// What answers such requests. It has a fallback of its own.
    pub router: Router,
    /// How to answer what the server refuses by itself.
    pub refuse: fn(&Problem) -> Response,
}

impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protocol").finish_non_exhaustive()
    }
}
