//! The problems that an operation can answer with, out of the one table of errors.

use hexad_http::{Code, PROBLEM_JSON};
use std::collections::BTreeMap;
use utoipa::openapi::{
    AllOfBuilder, ContentBuilder, Header, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder,
    schema::{SchemaType, Type},
};

/// Names the problems of an operation: a type for the `responses` of its handler's annotation.
macro_rules! problems {
    ($(#[$meta:meta])* $name:ident: $($code:ident),* $(,)?) => {
        $(#[$meta])*
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::description::responses_of(&[$(hexad_http::Code::$code),*])
            }
        }
    };
}
pub(crate) use problems;

/// What every operation may be answered with: a path, a query or a header that cannot be read or is too large, too many
/// requests at once, a fault of ours.
const ALWAYS: [Code; 4] = [Code::Malformed, Code::HeadTooLarge, Code::Busy, Code::Internal];

/// One response for each status that the codes have, and those that every operation has.
pub(crate) fn responses_of(codes: &[Code]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in ALWAYS.iter().filter(|code| !codes.contains(code)).chain(codes) {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| (status.to_string(), response(status, &codes).into()))
        .collect()
}

/// A response that may have one of these codes, which all have that status.
fn response(status: u16, codes: &[Code]) -> Response {
    let told: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.name(), code.title())).collect();
    let names = codes.iter().map(|code| code.name());
    let narrowed = ObjectBuilder::new()
        .property("code", ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)));
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(narrowed);
    let mut response = ResponseBuilder::new()
        .description(told.join("; "))
        .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(schema)).build());
    if let Some((name, header)) = header_of(status) {
        response = response.header(name, header);
    }
    response.build()
}

/// The header that says what to do about a status.
fn header_of(status: u16) -> Option<(&'static str, Header)> {
    Some(match status {
        401 => ("WWW-Authenticate", text_header("The challenge `Bearer` (RFC 6750).")),
        405 => ("Allow", text_header("The methods that the route has.")),
        416 => ("Content-Range", text_header("How many bytes there are: `bytes */820`.")),
        503 => {
            let seconds = ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::Integer))
                .minimum(Some(1))
                .maximum(Some(120));
            let mut header = Header::new(seconds);
            header.description = Some("In how many seconds a repeat may succeed.".to_owned());
            ("Retry-After", header)
        }
        _ => return None,
    })
}

/// A header of a response that is any text.
pub(crate) fn text_header(description: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
    header.description = Some(description.to_owned());
    header
}
