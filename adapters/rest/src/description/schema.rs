//! The documents that all services answer with, as schemas.

use utoipa::ToSchema;

/// A problem document (RFC 9457).
#[derive(ToSchema)]
#[allow(dead_code, reason = "hexad-http writes it; this is its description")]
pub(super) struct Problem {
    /// `urn:hexad:problem:` and the code.
    #[schema(rename = "type", example = "urn:hexad:problem:unavailable")]
    kind: String,
    /// The same for every problem of this code.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, for people.
    detail: String,
    /// The stable name to switch on.
    code: String,
    /// The fields or parameters to blame, where some are.
    #[schema(nullable = false)]
    fields: Option<Vec<FieldProblem>>,
}

/// What is wrong with a field or parameter.
#[derive(ToSchema)]
#[allow(dead_code, reason = "hexad-http writes it; this is its description")]
pub(super) struct FieldProblem {
    /// Its name.
    name: String,
    /// Why it was refused.
    #[schema(pattern = "^(missing_field|repeated|invalid_field)$")]
    code: String,
    /// The same for people.
    detail: String,
}

/// The service can do its work.
#[derive(ToSchema)]
#[allow(dead_code, reason = "hexad-http writes it; this is its description")]
pub(super) struct Healthy {
    #[schema(pattern = "^healthy$")]
    status: String,
    /// Whether the broker answers, where one is configured. Without it events wait.
    #[schema(nullable = false, pattern = "^(up|down)$")]
    broker: Option<String>,
}

/// The service cannot do its work.
#[derive(ToSchema)]
#[allow(dead_code, reason = "hexad-http writes it; this is its description")]
pub(super) struct Unhealthy {
    #[schema(pattern = "^unhealthy$")]
    status: String,
    /// The parts that do not answer.
    #[schema(min_items = 1)]
    missing: Vec<String>,
    /// Whether the broker answers, where one is configured.
    #[schema(nullable = false, pattern = "^(up|down)$")]
    broker: Option<String>,
}
