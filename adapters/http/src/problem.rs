//! Errors as problem documents (RFC 9457).

use crate::code::Code;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, time::Duration};

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The longest `Retry-After` that a service gives, in seconds.
const LONGEST_RETRY: u64 = 120;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name on the wire.
    pub name: Cow<'static, str>,
    /// Why it was refused.
    pub code: Code,
    /// The same for people. Never holds the value, which may be a password.
    pub detail: Cow<'static, str>,
}

impl FieldProblem {
    /// A field that is not there.
    #[must_use]
    pub fn missing(name: &'static str) -> Self {
        Self { name: name.into(), code: Code::MissingField, detail: format!("{name} is missing.").into() }
    }
}

/// An error on its way to a client.
///
/// As a response it is a problem document with the members `type`, `title`, `status`, `detail`, `code` and, where
/// fields are to blame, `fields`. The member that the original service used (`message`, `error`) is added by the
/// [`App`](crate::App), which knows the service.
///
/// ```
/// use hexad_http::{Code, Problem};
///
/// let problem = Problem::new(Code::TokenMissing, "Token is missing");
/// assert_eq!(problem.status(), 403);
/// assert_eq!(problem.document(Some("message"))["message"], "Token is missing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .code.name())]
pub struct Problem {
    /// Which error of the table it is.
    pub code: Code,
    /// What happened, for people, and the text of the original's member. Free of anything internal.
    pub detail: Cow<'static, str>,
    /// When a repeat may succeed. Answered in whole seconds, at least 1 and at most 120.
    pub retry_after: Option<Duration>,
    /// The fields to blame.
    pub fields: Vec<FieldProblem>,
}

impl Problem {
    /// A problem with its text. What is busy or unavailable may be tried again after a second or five.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = match code {
            Code::Busy => Some(Duration::from_secs(1)),
            Code::Unavailable => Some(Duration::from_secs(5)),
            _ => None,
        };
        Self { code, detail: detail.into(), retry_after, fields: Vec::new() }
    }

    /// The problem of an unreadable request.
    #[must_use]
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Malformed, detail)
    }

    /// The problem of a fault of ours. The cause belongs in the log.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Code::Internal, "The request could not be answered.")
    }

    /// The problem of one field that is not there.
    #[must_use]
    pub fn missing_field(name: &'static str) -> Self {
        Self::of_fields(vec![FieldProblem::missing(name)])
    }

    /// The problem of one field that is there and wrong; the text says what it must be.
    #[must_use]
    pub fn invalid_field(name: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of_fields(vec![FieldProblem {
            name: name.into(),
            code: Code::InvalidField,
            detail: detail.into(),
        }])
    }

    /// The problem of fields: the outer code is the first of missing, repeated and invalid that occurs.
    #[must_use]
    pub fn of_fields(fields: Vec<FieldProblem>) -> Self {
        let code = [Code::MissingField, Code::RepeatedField]
            .into_iter()
            .find(|code| fields.iter().any(|field| field.code == *code))
            .unwrap_or(Code::InvalidField);
        let detail = fields.iter().map(|field| field.detail.as_ref()).collect::<Vec<_>>().join(" ");
        Self { fields, ..Self::new(code, detail) }
    }

    /// The same, to be tried again after this time.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        self.code.status()
    }

    /// The value of `Retry-After`: whole seconds, rounded up, 1 to 120.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let after = self.retry_after?;
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        Some(seconds.clamp(1, LONGEST_RETRY))
    }

    /// The problem document, with the text once more under the name that the original service gave it.
    #[must_use]
    pub fn document(&self, compat: Option<&str>) -> Value {
        let mut document = Map::new();
        document.insert("type".into(), json!(format!("urn:hexad:problem:{}", self.code.name())));
        document.insert("title".into(), json!(self.code.title()));
        document.insert("status".into(), json!(self.status().as_u16()));
        document.insert("detail".into(), json!(self.detail));
        document.insert("code".into(), json!(self.code.name()));
        if !self.fields.is_empty() {
            let fields: Vec<_> = self
                .fields
                .iter()
                .map(|field| json!({"name": field.name, "code": field.code.name(), "detail": field.detail}))
                .collect();
            document.insert("fields".into(), Value::Array(fields));
        }
        if let Some(compat) = compat {
            document.insert(compat.to_owned(), json!(self.detail));
        }
        Value::Object(document)
    }

    /// The headers that go with it.
    fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        // RFC 9110, 15.5.2: a 401 names a challenge; RFC 6750, 3: and says what was wrong with the token.
        let challenge = match self.code {
            Code::InvalidCredentials => Some("Bearer"),
            Code::TokenExpired | Code::TokenInvalid => Some("Bearer error=\"invalid_token\""),
            _ => None,
        };
        let challenge = challenge.map(|value| (header::WWW_AUTHENTICATE, HeaderValue::from_static(value)));
        let retry = self.retry_after_seconds().map(|value| (header::RETRY_AFTER, HeaderValue::from(value)));
        challenge.into_iter().chain(retry)
    }

    /// Puts the document into a response, in place of its body and its content type.
    pub(crate) fn write(&self, response: &mut Response, compat: Option<&str>) {
        let body = self.document(compat).to_string();
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        // Not `extend`, which adds to what an earlier writing left.
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
        *response.body_mut() = Body::from(body);
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        self.write(&mut response, None);
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldProblem, Problem};
    use crate::code::Code;
    use axum::response::IntoResponse;
    use http::header;
    use std::time::Duration;

    fn field(name: &'static str, code: Code) -> FieldProblem {
        FieldProblem { name: name.into(), code, detail: format!("{name} is wrong.").into() }
    }

    #[test]
    fn a_document_has_the_members_of_rfc_9457_and_the_originals_own() {
        let problem = Problem::new(Code::NoFile, "No file provided");
        let document = problem.document(Some("error"));
        assert_eq!(document["type"], "urn:hexad:problem:no_file");
        assert_eq!(document["title"], "No file");
        assert_eq!(document["status"], 400);
        assert_eq!(document["detail"], "No file provided");
        assert_eq!(document["code"], "no_file");
        assert_eq!(document["error"], "No file provided");
        assert!(document.get("message").is_none());
        assert!(problem.document(None).get("error").is_none());
    }

    #[test]
    fn the_outer_code_is_the_first_of_missing_repeated_invalid() {
        let cases = [
            (vec![Code::InvalidField], Code::InvalidField),
            (vec![Code::InvalidField, Code::RepeatedField], Code::RepeatedField),
            (vec![Code::InvalidField, Code::RepeatedField, Code::MissingField], Code::MissingField),
        ];
        for (codes, outer) in cases {
            let fields = codes.into_iter().map(|code| field("city", code)).collect();
            assert_eq!(Problem::of_fields(fields).code, outer);
        }
    }

    #[test]
    fn retry_after_is_whole_seconds_from_1_to_120() {
        for (millis, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (500_000, 120)] {
            let problem = Problem::new(Code::Busy, "").retry_after(Duration::from_millis(millis));
            assert_eq!(problem.retry_after_seconds(), Some(seconds));
        }
        for code in [Code::Busy, Code::Unavailable] {
            let response = Problem::new(code, "").into_response();
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{}", code.name());
        }
    }

    #[test]
    fn a_document_written_again_for_its_service_has_each_header_once() {
        for code in [Code::Busy, Code::TokenInvalid] {
            let problem = Problem::new(code, "");
            let mut response = problem.clone().into_response();
            problem.write(&mut response, Some("message"));
            for name in response.headers().keys() {
                assert_eq!(response.headers().get_all(name).iter().count(), 1, "{name}");
            }
        }
    }

    #[test]
    fn every_401_names_a_challenge() {
        for code in Code::ALL.iter().filter(|code| code.status() == 401) {
            let response = Problem::new(*code, "").into_response();
            assert!(response.headers().contains_key(header::WWW_AUTHENTICATE), "{}", code.name());
        }
    }
}
