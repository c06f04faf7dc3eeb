//! When somebody was last connected: `GET /last-connection?username=`, `GET /connected/health`.

use crate::{
    answer::{cors, fresh},
    description::{self, About, problems},
};
use axum::{Router, extract::State, response::Response};
use hexad::{Error, LastConnection, LastConnections};
use hexad_http::{App, AppBuilder, Code, Health, Origins, Problem, Query, RequestIds, in_time};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::{ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};

const ABOUT: About = About {
    title: "Hexad connected",
    description: "When a user was last connected.",
    compat: "error",
    health: &["/connected/health"],
};

/// The service: its routes, with `error` in its problem documents.
#[must_use]
pub fn app(last: Arc<LastConnections>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    App::builder("connected", router(last), ids)
        .compat(ABOUT.compat)
        .health(health, ABOUT.health)
        .cors(cors(origins, "GET"))
}

/// The routes but for health.
pub fn router(last: Arc<LastConnections>) -> Router {
    Router::from(api().with_state(last)).merge(description::routes(openapi))
}

/// The service's OpenAPI document.
#[must_use]
pub fn openapi() -> OpenApi {
    ABOUT.document(api())
}

fn api() -> OpenApiRouter<Arc<LastConnections>> {
    OpenApiRouter::new().routes(routes!(last_connection))
}

problems!(Problems: InvalidField, UsernameMissing, UserNotFound, NoSessions, Unavailable);

/// When a user was last connected.
///
/// The last login, or the last opening of the session; for documents of older programs their creation.
#[utoipa::path(
    get,
    path = "/last-connection",
    params(("username" = String, Query, min_length = 1, description = "Matched with case.")),
    responses((status = 200, description = "The last connection.", body = Connection), Problems)
)]
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
    Ok(fresh(StatusCode::OK, Connection::from(&found)))
}

/// A last connection.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connection {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// How long ago, in English, in the words of moment's `fromNow()`.
    #[schema(example = "a few seconds ago")]
    last_connection: String,
    user_id: String,
}

impl From<&LastConnection> for Connection {
    fn from(found: &LastConnection) -> Self {
        Connection {
            at: found.at.rfc3339_millis(),
            last_connection: found.phrase.to_string(),
            user_id: found.user_id.as_str().to_owned(),
        }
    }
}
