//! The lookup service: `/user/soap`, by GET with a parameter and by POST with an envelope, `GET /user/soap?wsdl`,
//! `GET /docs`, and `GET /user-search/health`.

use crate::answer::{Refusal, cors, envelope, fault_by_get, fault_unread};
use crate::description::{Address, asked, page, wsdl};
use crate::receive::receive;
use crate::writer::Writer;
use crate::{Description, Fault, Holds, Operation, Part, Request, USER_SERVICE, Version, health};
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
use http::{Method, StatusCode, request::Parts};
use std::sync::Arc;

/// The namespace of the service.
pub const WEBSERVICE: &str = "http://www.example.org/webservice";

/// `getUserByUsername`. The name may be any: the originals stored some that no registration takes today.
pub const GET_USER_BY_USERNAME: Operation = Operation {
    name: "getUserByUsername",
    wrapped: true,
    namespaces: &[WEBSERVICE],
    fields: &[Part::new(USERNAME, Holds::SomeText)],
    response: crate::Response {
        name: "getUserByUsernameResponse",
        namespace: WEBSERVICE,
        parts: &[Part::new("id", Holds::Text), Part::new(USERNAME, Holds::SomeText)],
    },
};

/// The service for the toolkits of its clients.
pub const DESCRIPTION: Description = Description {
    service: "UserLookupService",
    port_type: "UserLookup",
    about: "Finds users by name.",
    namespaces: &[("tns", WEBSERVICE), ("us", USER_SERVICE)],
    operation: &GET_USER_BY_USERNAME,
    path: ROUTE,
    besides: &[
        (
            "GET /user/soap?username=NAME",
            "The same without an envelope to write: the answer of SOAP 1.1 with 200; its faults with 400 for a missing \
             parameter, 404 for an unknown user, 503 for a store that is away.",
        ),
        ("GET /user-search/health", "200 OK after a ping of the database, or 503."),
    ],
};

const HEALTH_ROUTE: &str = "/user-search/health";
const ROUTE: &str = "/user/soap";
const USERNAME: &str = "username";

/// The service: its routes, and faults where a client looks for one. Without a `public_url` the description has the
/// address that its request was sent to.
#[must_use]
pub fn app(
    lookup: Arc<Lookup>,
    public_url: Option<&str>,
    health: &Health,
    ids: RequestIds,
    origins: Origins,
) -> AppBuilder {
    let routes = router(lookup, public_url).route(HEALTH_ROUTE, health::route(health, "OK"));
    App::builder("user-lookup", routes, ids)
        .always(&[HEALTH_ROUTE])
        .health(health, &[])
        .refuse_with(refuse)
        .cors(cors(origins, true))
}

/// The routes but for health.
pub fn router(lookup: Arc<Lookup>, public_url: Option<&str>) -> Router {
    let service = Service { lookup, address: Address::new(public_url) };
    Router::new().route(ROUTE, get(by_get).post(by_post)).with_state(service).merge(page(&DESCRIPTION))
}

#[derive(Clone)]
struct Service {
    lookup: Arc<Lookup>,
    address: Address,
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

async fn by_get(State(service): State<Service>, request: http::Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    service.answer_by_get(&parts).await.unwrap_or_else(fault_by_get)
}

impl Service {
    async fn answer_by_get(&self, parts: &Parts) -> Result<Response, Problem> {
        let query = Query::parse(parts.uri.query().unwrap_or_default())?;
        if asked(&query) {
            return wsdl(&DESCRIPTION, &self.address, parts);
        }
        let user = look_up_by_query(&self.lookup, &query).await?;
        Ok(envelope(StatusCode::OK, Version::V1_1, found(Version::V1_1, &user)))
    }
}

async fn look_up_by_query(lookup: &Lookup, query: &Query) -> Result<User, Problem> {
    let repeated = |_| wrong_username(Code::RepeatedField, "username is given more than once");
    let username = query.one(USERNAME).map_err(repeated)?.filter(|username| !username.is_empty());
    let username = username.ok_or_else(|| wrong_username(Code::MissingField, "username is missing"))?;
    Ok(in_time(lookup.by_username(username)).await?)
}

async fn by_post(State(service): State<Service>, request: http::Request<Body>) -> Response {
    answer(&service.lookup, request).await.unwrap_or_else(IntoResponse::into_response)
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
        writer.response(&GET_USER_BY_USERNAME.response, &[user.id.as_str(), user.username.as_str()]);
    })
}
