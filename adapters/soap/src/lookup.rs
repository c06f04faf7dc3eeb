//! The lookup service: `/user/soap`, by GET with a parameter and by POST with an envelope, and
//! `GET /user-search/health`.

use crate::answer::{Refusal, cors, envelope, fault_by_get, fault_unread};
use crate::receive::receive;
use crate::writer::{Writer, element};
use crate::{Fault, Operation, Request, Version, health};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hexad::Lookup;
use hexad::domain::User;
use hexad_http::{
    App, AppBuilder, Code, FieldProblem, Health, Origins, Problem, Query, Refused, RequestIds, in_time,
};
use http::{Method, StatusCode};
use std::sync::Arc;

/// The namespace of the service.
pub const WEBSERVICE: &str = "http://www.example.org/webservice";

/// `getUserByUsername`.
pub const GET_USER_BY_USERNAME: Operation =
    Operation { wrapper: Some("getUserByUsername"), namespaces: &[WEBSERVICE], fields: &[USERNAME] };

const HEALTH_ROUTE: &str = "/user-search/health";
const ROUTE: &str = "/user/soap";
const USERNAME: &str = "username";

/// The service: its routes, and faults where a client looks for one.
#[must_use]
pub fn app(lookup: Arc<Lookup>, health: &Health, ids: RequestIds, origins: Origins) -> AppBuilder {
    let routes = router(lookup).route(HEALTH_ROUTE, health::route(health, "OK"));
    App::builder("user-lookup", routes, ids)
        .always(&[HEALTH_ROUTE])
        .health(health, &[])
        .refuse_with(refuse)
        .cors(cors(origins, true))
}

/// The routes but for health.
pub fn router(lookup: Arc<Lookup>) -> Router {
    Router::new().route(ROUTE, get(by_get).post(by_post)).with_state(lookup)
}

/// What the server refuses by itself, as a fault where a client of the service looks for one.
fn refuse(problem: &Problem, refused: &Refused) -> Option<Response> {
    if refused.uri.path() != ROUTE {
        return None;
    }
    match refused.method {
        Method::POST => Some(fault_unread(problem, refused)),
        Method::GET | Method::HEAD => Some(fault_by_get(problem.clone())),
        _ => None,
    }
}

async fn by_get(State(lookup): State<Arc<Lookup>>, query: Result<Query, Problem>) -> Response {
    match look_up_by_query(&lookup, query).await {
        Ok(user) => envelope(StatusCode::OK, Version::V1_1, found(Version::V1_1, &user)),
        Err(problem) => fault_by_get(problem),
    }
}

async fn look_up_by_query(lookup: &Lookup, query: Result<Query, Problem>) -> Result<User, Problem> {
    let query = query?;
    let repeated = |_| wrong_username(Code::RepeatedField, "username is given more than once");
    let username = query.one(USERNAME).map_err(repeated)?.filter(|username| !username.is_empty());
    let username = username.ok_or_else(|| wrong_username(Code::MissingField, "username is missing"))?;
    Ok(in_time(lookup.by_username(username)).await?)
}

async fn by_post(State(lookup): State<Arc<Lookup>>, request: http::Request<Body>) -> Response {
    answer(&lookup, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(lookup: &Lookup, request: http::Request<Body>) -> Result<Response, Refusal> {
    let request = receive(&GET_USER_BY_USERNAME, request).await?;
    let version = request.version;
    match look_up_by_envelope(lookup, &request).await {
        Ok(user) => Ok(envelope(StatusCode::OK, version, found(version, &user))),
        Err(problem) => Err(Fault::new(version, problem).into()),
    }
}

/// The name is taken as it was sent: a user whom the originals stored may well have a space in it.
async fn look_up_by_envelope(lookup: &Lookup, request: &Request) -> Result<User, Problem> {
    let mut usernames = request.values(USERNAME);
    match (usernames.next(), usernames.next()) {
        (_, Some(_)) => Err(wrong_username(Code::RepeatedField, "username is given more than once")),
        (None | Some(""), None) => Err(wrong_username(Code::MissingField, "username is missing")),
        (Some(username), None) => Ok(in_time(lookup.by_username(username)).await?),
    }
}

fn wrong_username(code: Code, says: &'static str) -> Problem {
    Problem::of_fields(vec![FieldProblem { name: USERNAME.into(), code, detail: says.into() }])
}

fn found(version: Version, user: &User) -> Vec<u8> {
    Writer::envelope(version, None, |writer| {
        writer.element(element("getUserByUsernameResponse").default_ns(WEBSERVICE), |writer| {
            writer.leaf("id", user.id.as_str());
            writer.leaf(USERNAME, user.username.as_str());
        });
    })
}
