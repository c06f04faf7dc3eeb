//! A user's own session: `/api/sessions`, `GET /last-connection`, `GET /health`, `GET /session/health`.
//!
//! A request that cannot be read is answered by its token first: whoever may not do a thing is not told how to ask for
//! it.

mod if_match;
mod schema;

use crate::{
    answer::{cors, fresh},
    connected::Connection,
    description::{self, About, problems},
};
use axum::{Router, extract::State, response::Response};
use hexad::{
    Error, OwnSession, Sessions,
    domain::{SessionData, UserId},
};
use hexad_http::{
    App, AppBuilder, Bearer, Code, Health, JsonObject, Origins, PathParam, Problem, Query, RequestIds,
    in_time,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use schema::{Answer, Body, Deleted, Document, Patch, Speaker, Valid};
use serde_json::Value;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

const ABOUT: About = About {
    title: "Hexad sessions",
    description: "One session for each user. A login opens it within a second, and its owner may open it too.\n\n\
        A token reaches its own user's session alone. Deleting the session revokes every token of its user that was \
        issued until then.",
    compat: "message",
    health: &["/health", "/session/health"],
};

/// The service: its routes, with `message` in its problem documents.
#[must_use]
pub fn app(sessions: Arc<Sessions>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    App::builder("session", router(sessions), ids)
        .compat(ABOUT.compat)
        .health(health, ABOUT.health)
        .cors(cors(origins, "GET, POST, PUT, DELETE"))
}

/// The routes but for health.
pub fn router(sessions: Arc<Sessions>) -> Router {
    Router::from(api().with_state(sessions)).merge(description::routes(openapi))
}

/// The service's OpenAPI document.
#[must_use]
pub fn openapi() -> OpenApi {
    ABOUT.document(api())
}

fn api() -> OpenApiRouter<Arc<Sessions>> {
    OpenApiRouter::new()
        .routes(routes!(last_connection))
        .routes(routes!(open))
        .routes(routes!(verify))
        .routes(routes!(read, merge, delete))
}

problems!(LastConnectionProblems: InvalidField, TokenMissing, TokenExpired, TokenInvalid, Forbidden, SessionNotFound,
    Unavailable);

/// When the caller was last connected.
#[utoipa::path(
    get,
    path = "/last-connection",
    security(("bearer" = [])),
    params(("username" = Option<String>, Query, description = "The caller's own, or none.")),
    responses((status = 200, description = "The last connection.", body = Connection), LastConnectionProblems)
)]
async fn last_connection(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    query: Result<Query, Problem>,
) -> Result<Response, Problem> {
    let token = token.as_deref();
    let asked = query.and_then(|query| Ok(query.one("username")?.map(str::to_owned)));
    let username = readable(asked, &sessions, token, None).await?;
    let found = in_time(sessions.last_connection(token, username.as_deref())).await.map_err(problem)?;
    Ok(fresh(StatusCode::OK, Connection::from(&found)))
}

problems!(OpenProblems: InvalidField, TokenMissing, TokenExpired, TokenInvalid, RequestTimeout, TooLarge,
    UnsupportedMediaType, Unavailable);

/// Opens the caller's session, or replaces its data.
///
/// Without `data` an open session keeps its own. Either way the time of the last connection moves.
#[utoipa::path(
    post,
    path = "/api/sessions",
    security(("bearer" = [])),
    request_body = Option<Body>,
    responses(
        (status = 201, description = "The session was opened.", body = Answer<'_>, headers(("ETag" = String))),
        (status = 200, description = "It was open.", body = Answer<'_>, headers(("ETag" = String))),
        OpenProblems
    )
)]
async fn open(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    body: Result<JsonObject, Problem>,
) -> Result<Response, Problem> {
    let token = token.as_deref();
    let data = readable(body.and_then(optional_data), &sessions, token, None).await?;
    let opened = in_time(sessions.open(token, data)).await.map_err(problem)?;
    let (status, message) = match opened.created {
        true => (StatusCode::CREATED, "Session created"),
        false => (StatusCode::OK, "Session updated"),
    };
    Ok(told(status, message, &opened.own))
}

problems!(ReadProblems: TokenMissing, TokenExpired, TokenInvalid, Forbidden, SessionNotFound, Unavailable);

/// The caller's session.
#[utoipa::path(
    get,
    path = "/api/sessions/{userId}",
    security(("bearer" = [])),
    params(("userId" = String, Path, description = "The caller's own id.")),
    responses(
        (status = 200, description = "The session.", body = Document<'_>, headers(("ETag" = String))),
        ReadProblems
    )
)]
async fn read(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    PathParam(owner): PathParam,
) -> Result<Response, Problem> {
    let own = in_time(sessions.read(token.as_deref(), &UserId::from_stored(owner))).await.map_err(problem)?;
    Ok(with_tag(fresh(StatusCode::OK, Document::from(&own.session)), &own))
}

problems!(MergeProblems: MissingField, InvalidField, TokenMissing, TokenExpired, TokenInvalid, Forbidden,
    SessionNotFound, RequestTimeout, PreconditionFailed, TooLarge, UnsupportedMediaType, Unavailable);

/// Merges into the data of the caller's session.
///
/// As RFC 7396 has it: members are replaced, objects are merged, `null` removes.
#[utoipa::path(
    put,
    path = "/api/sessions/{userId}",
    security(("bearer" = [])),
    params(
        ("userId" = String, Path, description = "The caller's own id."),
        ("If-Match" = Option<String>, Header, example = "*", pattern = r#"^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$"#,
            description = "`*`, or tags of which the session must have one."),
    ),
    request_body = Patch,
    responses(
        (status = 200, description = "The session as it is now.", body = Answer<'_>, headers(("ETag" = String))),
        MergeProblems
    )
)]
async fn merge(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    PathParam(owner): PathParam,
    headers: HeaderMap,
    body: Result<JsonObject, Problem>,
) -> Result<Response, Problem> {
    let (token, owner) = (token.as_deref(), UserId::from_stored(owner));
    let asked = body.and_then(|body| Ok((required_data(body)?, if_match::parse(&headers)?)));
    let (patch, precondition) = readable(asked, &sessions, token, Some(&owner)).await?;
    let own = in_time(sessions.merge(token, &owner, patch, &precondition)).await.map_err(problem)?;
    Ok(told(StatusCode::OK, "Session updated", &own))
}

problems!(DeleteProblems: TokenMissing, TokenExpired, TokenInvalid, Forbidden, SessionNotFound, PreconditionFailed,
    Unavailable);

/// Ends the caller's session, and every token issued until now.
#[utoipa::path(
    delete,
    path = "/api/sessions/{userId}",
    security(("bearer" = [])),
    params(
        ("userId" = String, Path, description = "The caller's own id."),
        ("If-Match" = Option<String>, Header, example = "*", pattern = r#"^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$"#,
            description = "`*`, or tags of which the session must have one."),
    ),
    responses((status = 200, description = "The session is ended.", body = Deleted), DeleteProblems)
)]
async fn delete(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    PathParam(owner): PathParam,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (token, owner) = (token.as_deref(), UserId::from_stored(owner));
    let precondition = readable(if_match::parse(&headers), &sessions, token, Some(&owner)).await?;
    in_time(sessions.delete(token, &owner, &precondition)).await.map_err(problem)?;
    Ok(fresh(StatusCode::OK, Deleted { message: "Session deleted" }))
}

problems!(VerifyProblems: TokenMissing, TokenExpired, TokenInvalid, Unavailable);

/// Whether the token is good here.
#[utoipa::path(
    get,
    path = "/api/sessions/verify",
    security(("bearer" = [])),
    responses((status = 200, description = "It is.", body = Valid), VerifyProblems)
)]
async fn verify(State(sessions): State<Arc<Sessions>>, Bearer(token): Bearer) -> Result<Response, Problem> {
    let claims = in_time(sessions.verify(token.as_deref())).await.map_err(problem)?;
    let user = Speaker {
        exp: claims.expires_at,
        user_id: claims.user_id.as_str().to_owned(),
        username: claims.username.as_str().to_owned(),
    };
    Ok(fresh(StatusCode::OK, Valid { message: "Session is valid", user }))
}

/// What was asked, or the problem of a request that cannot be read, if its token would have let it through.
async fn readable<T>(
    asked: Result<T, Problem>,
    sessions: &Sessions,
    token: Option<&str>,
    owner: Option<&UserId>,
) -> Result<T, Problem> {
    let Err(unreadable) = asked else { return asked };
    let claims = in_time(sessions.verify(token)).await.map_err(problem)?;
    match owner {
        Some(owner) if !claims.may_reach(owner) => Err(problem(Error::Forbidden)),
        _ => Err(unreadable),
    }
}

/// The errors of this service, with the words that its original had for tokens.
fn problem(error: Error) -> Problem {
    match error {
        Error::TokenMissing => Problem::new(Code::TokenMissing, "No token provided"),
        Error::TokenExpired => Problem::new(Code::TokenExpired, "Invalid or expired token"),
        Error::TokenInvalid => Problem::new(Code::TokenInvalid, "Invalid or expired token"),
        other => Problem::from(other),
    }
}

fn optional_data(mut body: JsonObject) -> Result<Option<SessionData>, Problem> {
    match body.0.remove("data") {
        None | Some(Value::Null) => Ok(None),
        Some(data) => Ok(Some(SessionData::parse(data).map_err(Error::from)?)),
    }
}

fn required_data(body: JsonObject) -> Result<SessionData, Problem> {
    let missing = || Problem::missing_field("data");
    optional_data(body)?.ok_or_else(missing)
}

/// A session with the words that go with it.
fn told(status: StatusCode, message: &'static str, own: &OwnSession) -> Response {
    with_tag(fresh(status, Answer { message, session: Document::from(&own.session) }), own)
}

fn with_tag(mut response: Response, own: &OwnSession) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", own.revision.as_str())) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
