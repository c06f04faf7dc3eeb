//! A request by POST, from the socket to its fields.

use crate::answer::Refusal;
use crate::media_type::MediaType;
use crate::{Fault, Operation, Request, envelope};
use axum::body::Body;
use hexad_http::Problem;
use hexad_http::body::{self, BodyError, limits_of};
use http::header;

/// Reads the request. The content type is looked at first: a body that nobody will read is not waited for.
pub(crate) async fn receive(operation: &Operation, request: http::Request<Body>) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    // A header that is no text cannot be a content type: what is left of it is refused as one.
    let content_type =
        parts.headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let media_type = MediaType::read(content_type.as_deref())?;
    let limits = limits_of(&parts.extensions);
    let body = body::read(body, &limits).await.map_err(|error| match error {
        // HTTP has a status of its own for it, which says that the request may come again as it is.
        BodyError::TooSlow => Refusal::Problem(Problem::from(error)),
        error => Refusal::Fault(Fault::new(media_type.version, Problem::from(error))),
    })?;
    Ok(envelope::read(operation, &body, media_type)?)
}
