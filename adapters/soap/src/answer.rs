//! Envelopes as HTTP responses.

use crate::media_type::MediaType;
use crate::{Fault, Version};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hexad_http::{Cors, Origins, Problem, Refused};
use http::{HeaderValue, StatusCode, header};

/// An envelope of that version as a response.
pub(crate) fn envelope(status: StatusCode, version: Version, xml: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(version.content_type()));
    response
}

/// By POST every fault is a 500, as SOAP 1.1 binds it to HTTP (section 6.2). SOAP 1.2 would have 400 for what the
/// sender did wrong, but clients of today (Apache CXF) do not look for a fault there.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        with_status(StatusCode::INTERNAL_SERVER_ERROR, &self)
    }
}

/// The fault, and in the head when a repeat may succeed: SOAP has no words for that.
fn with_status(status: StatusCode, fault: &Fault) -> Response {
    let mut response = envelope(status, fault.version(), fault.to_xml());
    if let Some(seconds) = fault.problem().and_then(Problem::retry_after_seconds) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The answer to a GET: the status that HTTP has for the problem, and the fault as the body.
pub(crate) fn fault_by_get(problem: Problem) -> Response {
    with_status(problem.status(), &Fault::new(Version::V1_1, problem))
}

/// The answer to a request by POST that was refused unread: the content type is all there is to tell the version.
pub(crate) fn fault_unread(problem: &Problem, refused: &Refused) -> Response {
    let content_type = refused.content_type.as_ref().and_then(|value| value.to_str().ok());
    let version = MediaType::read(content_type).map_or(Version::V1_1, |media_type| media_type.version);
    Fault::new(version, problem.clone()).into_response()
}

/// What pages of these origins may do with a service of SOAP.
pub(crate) fn cors(origins: Origins, credentials: bool) -> Cors {
    Cors { origins, credentials, methods: "GET, POST", headers: "Content-Type, SOAPAction" }
}

/// Why a request by POST was not carried out.
pub(crate) enum Refusal {
    /// What SOAP has a fault for.
    Fault(Fault),
    /// What HTTP alone is concerned with: a body that came too slowly.
    Problem(Problem),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Fault(fault) => fault.into_response(),
            Refusal::Problem(problem) => problem.into_response(),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::Fault(fault)
    }
}
