//! When somebody was last connected: `GET /last-connection?username=`, `GET /connected/health`.

use crate::answer::{cors, fresh};
use axum::{Router, extract::State, response::Response, routing::get};
use hexad::{Error, LastConnection, LastConnections};
use hexad_http::{App, AppBuilder, Code, Health, Origins, Problem, Query, RequestIds, in_time};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// The service: its routes, with `error` in its problem documents.
#[must_use]
pub fn app(last: Arc<LastConnections>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    App::builder("connected", router(last), ids)
        .compat("error")
        .health(health, &["/connected/health"])
        .cors(cors(origins, "GET"))
}

/// The routes but for health.
pub fn router(last: Arc<LastConnections>) -> Router {
    Router::new().route("/last-connection", get(last_connection)).with_state(last)
}

async fn last_connection(
    State(last): State<Arc<LastConnections>>,
    query: Query,
) -> Result<Response, Problem> {
    let Some(username) = query.one("username")?.filter(|name| !name.is_empty()) else {
        return Err(Problem::new(Code::UsernameMissing, "Username must be provided."));
    };
    let found = in_time(last.by_username(username)).await.map_err(|error| match error {
        // With the full stop that the original had here, and not elsewhere.
        Error::UserNotFound => Problem::new(Code::UserNotFound, "User not found."),
        other => Problem::from(other),
    })?;
    Ok(fresh(StatusCode::OK, document(&found)))
}

/// A last connection as both services tell it.
pub(crate) fn document(found: &LastConnection) -> Value {
    json!({
        "userId": found.user_id.as_str(),
        "lastConnection": found.phrase,
        "at": found.at.rfc3339_millis(),
    })
}
