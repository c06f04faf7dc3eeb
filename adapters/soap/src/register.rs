//! The registration service: `POST /register`, `GET /register?wsdl`, `GET /docs`,
//! `GET /user-soap/health`.

use crate::answer::{Refusal, cors, envelope, fault_unread};
use crate::description::{Address, asked, page, wsdl};
use crate::receive::receive;
use crate::writer::Writer;
use crate::{Description, Fault, Holds, Operation, Part, Request, USER_SERVICE, Version, health};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hexad::Registrar;
use hexad::domain::{Field, RegistrationForm, UserId};
use hexad_http::{App, AppBuilder, Code, Health, Origins, Problem, Query, Refused, RequestIds, in_time};
use http::{HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

const HEALTH_ROUTE: &str = "/user-soap/health";

const ROUTE: &str = "/register";

const USER: &str = "http://example.com/user";

/// `registerUser`. The originals looked for its fields and for no wrapper.
pub const REGISTER_USER: Operation = Operation {
    name: "registerUser",
    wrapped: false,
    namespaces: &[USER, USER_SERVICE],
    fields: &FIELDS,
    response: crate::Response {
        name: "registerUserResponse",
        namespace: USER_SERVICE,
        // A success has the id; what the originals answered a duplicate with, and our fault's detail holds, has none.
        parts: &[Part::new("message", Holds::Text), Part::optional("id", Holds::Text)],
    },
};

/// The fields of the domain, and no others.
#[expect(clippy::indexing_slicing, reason = "what is out of bounds in a constant does not compile")]
const FIELDS: [Part; Field::ALL.len()] = {
    const fn part(field: Field) -> Part {
        Part::new(field.name(), Holds::ByRule(field.rule()))
    }
    let mut parts = [part(Field::Username); Field::ALL.len()];
    let mut i = 0;
    while i < parts.len() {
        parts[i] = part(Field::ALL[i]);
        i += 1;
    }
    parts
};

/// The service for the toolkits of its clients.
pub const DESCRIPTION: Description = Description {
    service: "UserService",
    port_type: "UserRegistration",
    about: "Registers users.",
    namespaces: &[("tns", USER_SERVICE), ("user", USER)],
    operation: &REGISTER_USER,
    path: ROUTE,
    besides: &[("GET /user-soap/health", "200 Service is healthy, or 503.")],
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

/// The service: its routes, and faults where a client looks for one. Without a `public_url` the description has the
/// address that its request was sent to.
#[must_use]
pub fn app(
    registrar: Arc<Registrar>,
    duplicates: Duplicates,
    public_url: Option<&str>,
    health: &Health,
    ids: RequestIds,
    origins: Origins,
) -> AppBuilder {
    let routes = router(registrar, duplicates, public_url)
        .route(HEALTH_ROUTE, health::route(health, "Service is healthy"));
    App::builder("user-soap", routes, ids)
        .always(&[HEALTH_ROUTE])
        .health(health, &[])
        .refuse_with(refuse)
        .cors(cors(origins, false))
}

/// The routes but for health.
pub fn router(registrar: Arc<Registrar>, duplicates: Duplicates, public_url: Option<&str>) -> Router {
    let service = Service { registrar, duplicates, address: Address::new(public_url) };
    Router::new().route(ROUTE, any(by_method)).with_state(service).merge(page(&DESCRIPTION))
}

/// What the server refuses by itself, as a fault where a client of the service looks for one.
fn refuse(problem: &Problem, refused: &Refused) -> Option<Response> {
    (refused.uri.path() == ROUTE && refused.method == Method::POST).then(|| fault_unread(problem, refused))
}

#[derive(Clone)]
struct Service {
    registrar: Arc<Registrar>,
    duplicates: Duplicates,
    address: Address,
}

/// Registers by POST; by GET there is the description, where the query asks for it, and nothing else.
async fn by_method(State(service): State<Service>, request: http::Request<Body>) -> Response {
    if request.method() == Method::POST {
        return service.answer(request).await.unwrap_or_else(IntoResponse::into_response);
    }
    service.describe(request).unwrap_or_else(IntoResponse::into_response)
}

impl Service {
    fn describe(&self, request: http::Request<Body>) -> Result<Response, Problem> {
        let (parts, _) = request.into_parts();
        let asked = asked(&Query::parse(parts.uri.query().unwrap_or_default())?);
        if asked && [Method::GET, Method::HEAD].contains(&parts.method) {
            return wsdl(&DESCRIPTION, &self.address, &parts);
        }
        let problem = Problem::new(
            Code::MethodNotAllowed,
            "Send a SOAP envelope by POST, or get the description with /register?wsdl.",
        );
        let mut response = problem.into_response();
        let allow = if asked { "GET, HEAD, POST" } else { "POST" };
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        Ok(response)
    }

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
        writer.response(&REGISTER_USER.response, &[REGISTERED, id.as_str()]);
    })
}

/// Writes the element that the originals answered with, well or ill.
pub(crate) fn write_message(writer: &mut Writer, message: &str) {
    writer.response(&REGISTER_USER.response, &[message]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_fields_of_the_domain_and_no_others() {
        assert_eq!(
            REGISTER_USER.fields,
            Field::ALL.map(|field| Part::new(field.name(), Holds::ByRule(field.rule())))
        );
    }
}
