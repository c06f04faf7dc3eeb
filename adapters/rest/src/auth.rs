//! Authentication: `POST /login`, `GET /profile`, `GET /test-db`, `GET /test-event`, `GET /auth/health`.

use crate::answer::{cors, fresh};
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use hexad::{Auth, domain::Password};
use hexad_http::{App, AppBuilder, Bearer, Health, JsonObject, Origins, Problem, RequestIds, in_time};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The service: its routes, with `message` in its problem documents.
#[must_use]
pub fn app(auth: Arc<Auth>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    App::builder("auth", router(auth), ids)
        .compat("message")
        .health(health, &["/auth/health"])
        .cors(cors(origins, "GET, POST"))
}

/// The routes but for health.
pub fn router(auth: Arc<Auth>) -> Router {
    Router::new()
        .route("/login", post(login))
        .route("/profile", get(profile))
        .route("/test-db", get(test_db))
        .route("/test-event", get(test_event))
        .with_state(auth)
}

/// A token for a username (or an email) and a password.
async fn login(State(auth): State<Arc<Auth>>, mut body: JsonObject) -> Result<Response, Problem> {
    let [username, password] = body.take_strings(["username", "password"])?;
    let password = Password::presented(&Zeroizing::new(password));
    let grant = auth.login(&username, &password).await?;
    let document = json!({
        "token": grant.token,
        "token_type": "Bearer",
        "expires_in": grant.expires_in.as_secs(),
    });
    Ok(fresh(StatusCode::OK, document))
}

/// Who the token speaks for.
async fn profile(State(auth): State<Arc<Auth>>, Bearer(token): Bearer) -> Result<Response, Problem> {
    let user = in_time(auth.profile(token.as_deref())).await?;
    let document = json!({
        "username": user.username.as_str(),
        "email": user.email.as_str(),
        "user_id": user.id.as_str(),
    });
    Ok(fresh(StatusCode::OK, document))
}

/// The clock of the user store, as proof that it answers.
async fn test_db(State(auth): State<Arc<Auth>>) -> Result<Response, Problem> {
    let time = auth.database_time().await?;
    let document = json!({"message": "Successful connection", "timestamp": time.rfc3339_micros()});
    Ok(fresh(StatusCode::OK, document))
}

/// An event for whoever wants to see one arrive.
async fn test_event(State(auth): State<Arc<Auth>>) -> Result<Response, Problem> {
    auth.send_test_event().await?;
    Ok(fresh(StatusCode::OK, json!({"message": "Test event sent"})))
}
