//! The way of every call to its method and back: which requests are gRPC's, the bounds of their bodies, deadlines, and
//! what no method answers.

use crate::{deadline, status};
use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use hexad_http::{
    Code, Problem, Protocol,
    body::{BodyError, bounded, limits_of, upload},
};
use http::{Method, Version, header};
use tokio::time::timeout_at;
use tonic::Status;

/// The protocol, with these methods.
pub(crate) fn protocol(methods: Router) -> Protocol {
    let router = methods
        .fallback(|| async { status::answer(&Problem::new(Code::NotFound, "There is no such method.")) })
        .layer(from_fn(pass));
    let spoken_in = |request: &Request| request.method() == Method::POST && subtype(request).is_some();
    Protocol { spoken_in, router, refuse: status::answer }
}

/// What stands behind `application/grpc` in the content type of a call, but for parameters: nothing, or `+proto`. It is
/// `None` where the request is no call, as with `application/grpc-web`.
fn subtype(request: &Request) -> Option<&str> {
    let content_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let (prefix, subtype) = essence.split_at_checked("application/grpc".len())?;
    let named = prefix.eq_ignore_ascii_case("application/grpc");
    (named && (subtype.is_empty() || subtype.starts_with('+'))).then_some(subtype)
}

async fn pass(request: Request, next: Next) -> Response {
    if request.version() != Version::HTTP_2 {
        return unsupported("gRPC needs HTTP/2, from the client all the way to here.");
    }
    if !matches!(subtype(&request), Some("" | "+proto")) {
        return unsupported("Messages have to be in Protocol Buffers.");
    }
    let until = match deadline::of(request.headers()) {
        Ok(until) => until,
        Err(problem) => return status::answer(&problem),
    };
    let answer = next.run(request);
    let Some(until) = until else { return in_our_words(answer.await) };
    match timeout_at(until, answer).await {
        Ok(response) => in_our_words(response).map(|body| Body::new(deadline::Timed::new(body, until))),
        Err(_) => status::answer(&deadline::exceeded()),
    }
}

fn unsupported(text: &'static str) -> Response {
    status::answer(&Problem::new(Code::UnsupportedMediaType, text))
}

/// What tonic refused by itself, before any method was called.
fn in_our_words(mut response: Response) -> Response {
    match response.extensions_mut().remove::<Status>() {
        Some(refused) => status::in_our_words(refused).into_http(),
        None => response,
    }
}

/// A request whose body may be as long as it likes while it moves.
pub(crate) async fn long(request: Request) -> Request {
    let limits = limits_of(request.extensions());
    request.map(|body| of_chunks(upload(body, &limits)))
}

/// A request with a body of the usual bounds.
pub(crate) async fn short(request: Request) -> Request {
    let limits = limits_of(request.extensions());
    request.map(|body| of_chunks(bounded(body, &limits)))
}

/// A body that fails in our own words, as a call that was cancelled must not pass for one that has said all: to a tonic
/// that is built with its own server the one is the other.
fn of_chunks(chunks: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static) -> Body {
    Body::from_stream(chunks.map_err(|error| status::of(&Problem::from(&error))))
}

#[cfg(test)]
mod tests {
    use super::subtype;
    use axum::{body::Body, extract::Request};
    use http::header::CONTENT_TYPE;

    #[test]
    fn a_call_is_told_by_its_content_type() {
        let subtype = |content_type: &str| {
            let request = Request::post("/").header(CONTENT_TYPE, content_type).body(Body::empty()).unwrap();
            subtype(&request).map(str::to_owned)
        };
        for (content_type, expected) in [
            ("application/grpc", Some("")),
            ("Application/gRPC", Some("")),
            ("application/grpc; charset=utf-8", Some("")),
            ("application/grpc+proto", Some("+proto")),
            ("application/grpc+json;x=y", Some("+json")),
            ("application/grpc-web", None),
            ("application/grpc-web+proto", None),
            ("application/grpcx", None),
            ("application/json", None),
            ("", None),
        ] {
            assert_eq!(subtype(content_type).as_deref(), expected, "{content_type}");
        }
        assert_eq!(super::subtype(&Request::new(Body::empty())), None);
    }
}
