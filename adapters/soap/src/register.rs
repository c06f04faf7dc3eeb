//! The registration service: `POST /register`, `GET /user-soap/health`.

use crate::answer::{Refusal, cors, envelope, fault_unread};
use crate::receive::receive;
use crate::writer::{Writer, element};
use crate::{Fault, Operation, Request, USER_SERVICE, Version, health};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hexad::Registrar;
use hexad::domain::{Field, RegistrationForm, UserId};
use hexad_http::{App, AppBuilder, Code, Health, Origins, Problem, Refused, RequestIds, in_time};
use http::{Method, StatusCode};
use std::sync::Arc;

const HEALTH_ROUTE: &str = "/user-soap/health";

const ROUTE: &str = "/register";

/// `registerUser`. The originals looked for its fields and for no wrapper.
pub const REGISTER_USER: Operation = Operation {
    wrapper: None,
    namespaces: &["http://example.com/user", USER_SERVICE],
    fields: &["username", "password", "first_name", "last_name", "dni", "email", "city"],
};

/// What a registration is answered with.
const REGISTERED: &str = "User registered successfully";

/// How a duplicate is answered: `SOAP_COMPAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// With a fault, as SOAP has it. The detail holds the originals' element too.
    #[default]
    Fault,
    /// With a 409 and no fault, just as the originals did.
    AsOriginals,
}

/// The service: its routes, and faults where a client looks for one.
#[must_use]
pub fn app(
    registrar: Arc<Registrar>,
    duplicates: Duplicates,
    health: &Health,
    ids: RequestIds,
    origins: Origins,
) -> AppBuilder {
    let routes =
        router(registrar, duplicates).route(HEALTH_ROUTE, health::route(health, "Service is healthy"));
    App::builder("user-soap", routes, ids)
        .always(&[HEALTH_ROUTE])
        .health(health, &[])
        .refuse_with(refuse)
        .cors(cors(origins, false))
}

/// The routes but for health.
pub fn router(registrar: Arc<Registrar>, duplicates: Duplicates) -> Router {
    Router::new().route(ROUTE, post(register)).with_state(Service { registrar, duplicates })
}

/// What the server refuses by itself, as a fault where a client of the service looks for one.
fn refuse(problem: &Problem, refused: &Refused) -> Option<Response> {
    (refused.uri.path() == ROUTE && refused.method == Method::POST).then(|| fault_unread(problem, refused))
}

#[derive(Clone)]
struct Service {
    registrar: Arc<Registrar>,
    duplicates: Duplicates,
}

async fn register(State(service): State<Service>, request: http::Request<Body>) -> Response {
    service.answer(request).await.unwrap_or_else(IntoResponse::into_response)
}

impl Service {
    async fn answer(&self, request: http::Request<Body>) -> Result<Response, Refusal> {
        let request = receive(&REGISTER_USER, request).await?;
        let version = request.version;
        let problem = match in_time(self.registrar.register(&form(&request))).await {
            Ok(id) => return Ok(envelope(StatusCode::OK, version, registered(version, &id))),
            Err(error) => Problem::from(error),
        };
        if problem.code == Code::Duplicate && self.duplicates == Duplicates::AsOriginals {
            let xml = Writer::envelope(version, None, |writer| write_message(writer, &problem.detail));
            return Ok(envelope(StatusCode::CONFLICT, version, xml));
        }
        Err(Fault::new(version, problem).into())
    }
}

/// The form as it was sent; what is wrong with it is the domain's to say.
fn form(request: &Request) -> RegistrationForm {
    let mut form = RegistrationForm::default();
    for (name, value) in &request.fields {
        if let Some(field) = Field::by_name(name) {
            form.give(field, value);
        }
    }
    form
}

fn registered(version: Version, id: &UserId) -> Vec<u8> {
    Writer::envelope(version, None, |writer| {
        writer.element(element("registerUserResponse").default_ns(USER_SERVICE), |writer| {
            writer.leaf("message", REGISTERED);
            writer.leaf("id", id.as_str());
        });
    })
}

/// Writes the element that the originals answered with, well or ill.
pub(crate) fn write_message(writer: &mut Writer, message: &str) {
    writer.element(element("registerUserResponse").default_ns(USER_SERVICE), |writer| {
        writer.leaf("message", message);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_fields_of_the_domain_and_no_others() {
        assert_eq!(REGISTER_USER.fields, Field::ALL.map(Field::name));
    }
}
