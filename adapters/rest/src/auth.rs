//! Authentication: `POST /login`, `GET /profile`, `GET /test-db`, `GET /test-event`, `GET /auth/health`.

use crate::{
    answer::{cors, fresh},
    description::{self, About, problems},
};
use axum::{Router, extract::State, response::Response};
use hexad::{Auth, domain::Password};
use hexad_http::{App, AppBuilder, Bearer, Health, JsonObject, Origins, Problem, RequestIds, in_time};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::{ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};
use zeroize::Zeroizing;

const ABOUT: About = About {
    title: "Hexad auth",
    description: "Logins, the tokens that they give, and whom a token speaks for.",
    compat: "message",
    health: &["/auth/health"],
};

/// The service: its routes, with `message` in its problem documents.
#[must_use]
pub fn app(auth: Arc<Auth>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    App::builder("auth", router(auth), ids)
        .compat(ABOUT.compat)
        .health(health, ABOUT.health)
        .cors(cors(origins, "GET, POST"))
}

/// The routes but for health.
pub fn router(auth: Arc<Auth>) -> Router {
    Router::from(api().with_state(auth)).merge(description::routes(openapi))
}

/// The service's OpenAPI document.
#[must_use]
pub fn openapi() -> OpenApi {
    ABOUT.document(api())
}

fn api() -> OpenApiRouter<Arc<Auth>> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(profile))
        .routes(routes!(test_db))
        .routes(routes!(test_event))
}

/// Who logs in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the handler names each field that is wrong, which serde would not")]
struct Credentials {
    /// A username or, where no username equals it, an email; both are compared exactly.
    username: String,
    password: String,
}

/// What a login gives.
#[derive(Serialize, ToSchema)]
struct Granted {
    /// How many seconds the token is good for.
    expires_in: u64,
    /// A JWT (RFC 7519), HS256.
    token: String,
    #[schema(pattern = "^Bearer$")]
    token_type: &'static str,
}

/// Whom a token speaks for.
#[derive(Serialize, ToSchema)]
struct Profile {
    email: String,
    user_id: String,
    username: String,
}

/// The user store answers.
#[derive(Serialize, ToSchema)]
struct DatabaseTime {
    message: &'static str,
    /// The database's own clock.
    #[schema(format = DateTime)]
    timestamp: String,
}

/// Something was done.
#[derive(Serialize, ToSchema)]
struct Message {
    message: &'static str,
}

problems!(LoginProblems: MissingField, InvalidField, InvalidCredentials, RequestTimeout, TooLarge,
    UnsupportedMediaType, Unavailable);

/// A token for a username (or an email) and a password.
#[utoipa::path(
    post,
    path = "/login",
    request_body = Credentials,
    responses((status = 200, description = "The password is the user's.", body = Granted), LoginProblems)
)]
async fn login(State(auth): State<Arc<Auth>>, mut body: JsonObject) -> Result<Response, Problem> {
    let [username, password] = body.take_strings(["username", "password"])?;
    let password = Password::presented(&Zeroizing::new(password));
    let grant = in_time(auth.login(&username, &password)).await?;
    let granted =
        Granted { expires_in: grant.expires_in.as_secs(), token: grant.token, token_type: "Bearer" };
    Ok(fresh(StatusCode::OK, granted))
}

problems!(ProfileProblems: TokenMissing, TokenExpired, TokenInvalid, UserNotFound, Unavailable);

/// Whom the token speaks for.
#[utoipa::path(
    get,
    path = "/profile",
    security(("bearer" = [])),
    responses((status = 200, description = "The token is good.", body = Profile), ProfileProblems)
)]
async fn profile(State(auth): State<Arc<Auth>>, Bearer(token): Bearer) -> Result<Response, Problem> {
    let user = in_time(auth.profile(token.as_deref())).await?;
    let profile = Profile {
        email: user.email.as_str().to_owned(),
        user_id: user.id.as_str().to_owned(),
        username: user.username.as_str().to_owned(),
    };
    Ok(fresh(StatusCode::OK, profile))
}

problems!(StoreProblems: Unavailable);

/// The clock of the user store, as proof that it answers.
#[utoipa::path(
    get,
    path = "/test-db",
    responses((status = 200, description = "It answers.", body = DatabaseTime), StoreProblems)
)]
async fn test_db(State(auth): State<Arc<Auth>>) -> Result<Response, Problem> {
    let time = auth.database_time().await?;
    let answer = DatabaseTime { message: "Successful connection", timestamp: time.rfc3339_micros() };
    Ok(fresh(StatusCode::OK, answer))
}

/// Sends an event, for whoever wants to see one arrive.
#[utoipa::path(
    get,
    path = "/test-event",
    responses((status = 200, description = "The broker has confirmed it.", body = Message), StoreProblems)
)]
async fn test_event(State(auth): State<Arc<Auth>>) -> Result<Response, Problem> {
    auth.send_test_event().await?;
    Ok(fresh(StatusCode::OK, Message { message: "Test event sent" }))
}
