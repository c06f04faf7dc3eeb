//! A user's own session: `/api/sessions`, `GET /last-connection`, `GET /health`, `GET /session/health`.
//!
//! A request that cannot be read is answered by its token first: whoever may not do a thing is not told how to ask for
//! it.

mod if_match;

use crate::{
    answer::{cors, fresh},
    connected,
};
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use hexad::{
    Error, OwnSession, Sessions,
    domain::{Session, SessionData, Timestamp, UserId},
};
use hexad_http::{
    App, AppBuilder, Bearer, Code, Health, JsonObject, Origins, PathParam, Problem, Query, RequestIds,
    in_time,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// The service: its routes, with `message` in its problem documents.
#[must_use]
pub fn app(sessions: Arc<Sessions>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    App::builder("session", router(sessions), ids)
        .compat("message")
        .health(health, &["/health", "/session/health"])
        .cors(cors(origins, "GET, POST, PUT, DELETE"))
}

/// The routes but for health.
pub fn router(sessions: Arc<Sessions>) -> Router {
    Router::new()
        .route("/last-connection", get(last_connection))
        .route("/api/sessions", post(open))
        // Before the user's id, which it would otherwise pass for.
        .route("/api/sessions/verify", get(verify))
        .route("/api/sessions/{userId}", get(read).put(merge).delete(delete))
        .with_state(sessions)
}

async fn last_connection(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    query: Result<Query, Problem>,
) -> Result<Response, Problem> {
    let token = token.as_deref();
    let asked = query.and_then(|query| Ok(query.one("username")?.map(str::to_owned)));
    let username = readable(asked, &sessions, token, None).await?;
    let found = in_time(sessions.last_connection(token, username.as_deref())).await.map_err(problem)?;
    Ok(fresh(StatusCode::OK, connected::document(&found)))
}

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

async fn read(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    PathParam(owner): PathParam,
) -> Result<Response, Problem> {
    let own = in_time(sessions.read(token.as_deref(), &UserId::from_stored(owner))).await.map_err(problem)?;
    Ok(with_tag(fresh(StatusCode::OK, document(&own.session)), &own))
}

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

async fn delete(
    State(sessions): State<Arc<Sessions>>,
    Bearer(token): Bearer,
    PathParam(owner): PathParam,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (token, owner) = (token.as_deref(), UserId::from_stored(owner));
    let precondition = readable(if_match::parse(&headers), &sessions, token, Some(&owner)).await?;
    in_time(sessions.delete(token, &owner, &precondition)).await.map_err(problem)?;
    Ok(fresh(StatusCode::OK, json!({"message": "Session deleted"})))
}

async fn verify(State(sessions): State<Arc<Sessions>>, Bearer(token): Bearer) -> Result<Response, Problem> {
    let claims = in_time(sessions.verify(token.as_deref())).await.map_err(problem)?;
    let user = json!({
        "user_id": claims.user_id.as_str(),
        "username": claims.username.as_str(),
        "exp": claims.expires_at,
    });
    Ok(fresh(StatusCode::OK, json!({"message": "Session is valid", "user": user})))
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
fn told(status: StatusCode, message: &str, own: &OwnSession) -> Response {
    with_tag(fresh(status, json!({"message": message, "session": document(&own.session)})), own)
}

fn with_tag(mut response: Response, own: &OwnSession) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", own.revision.as_str())) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn document(session: &Session) -> Value {
    let time = |time: Option<Timestamp>| time.map(Timestamp::rfc3339_millis);
    json!({
        "_id": session.id.as_str(),
        "userId": session.user_id.as_str(),
        "data": session.data.as_object(),
        "createdAt": time(session.created_at),
        "updatedAt": time(session.updated_at),
        "connectedAt": time(session.connected_at),
    })
}
