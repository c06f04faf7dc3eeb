//! The description as a page to read.

use super::Description;
use crate::{Holds, Part, Version};
use axum::Router;
use axum::routing::get;
use hexad::domain::Content;
use hexad_http::{Code, page};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// `GET /docs`.
pub(crate) fn route(service: &'static Description) -> Router {
    Router::new().route("/docs", get(async || page::response(of(service).into())))
}

/// The page of a service.
fn of(service: &Description) -> String {
    let operation = service.operation;
    // The page stands at the top, and a proxy may have it under a path of its own.
    let from_here = service.path.trim_start_matches('/');
    let title = format!("Hexad {}", service.service);
    let body = html! {
        h1 { (title) }
        p { (service.about) " By SOAP 1.1 and 1.2, document/literal wrapped, answered in kind." }
        p {
            "The same for toolkits: " a href={ (from_here) "?wsdl" } { (service.path) "?wsdl" } " (WSDL 1.1)."
        }
        h2 { span class="method" { "POST" } code { (service.path) } }
        p {
            "The operation " code { (operation.name) } ". Its elements are in the namespace "
            @for (place, namespace) in operation.namespaces.iter().enumerate() {
                @if place > 0 { " or " } code { (namespace) }
            }
            ", or in none; prefixes are free, and "
            code { "SOAPAction" } " is optional."
        }
        h3 { "Fields" }
        (parts(operation.fields))
        h3 { "Answer" }
        p { code { (operation.response.name) } " in " code { (operation.response.namespace) } "." }
        (parts(operation.response.parts))
        h3 { "Faults" }
        p {
            "All with HTTP 500. " code { "Client" } " (1.2: " code { "Sender" } ") means that the request must change, "
            code { "Server" } " (" code { "Receiver" } ") that it may be tried again. The detail's element "
            code { "error" } " has a " code { "code" } " and, where fields are to blame, a " code { "field" }
            " with " code { "name" } " and " code { "code" } " for each."
        }
        table { @for (code, says) in faults() { tr { th { code { (code) } } td { (says) } } } }
        h3 { "For example" }
        pre { code { (example(service)) } }
        @for (route, says) in service.besides { h2 { code { (route) } } p { (says) } }
        h2 { code { "GET /livez" } }
        p { "200 as long as the process runs." }
        h2 { code { "GET /readyz" } }
        p { "Whether the service can do its work, as JSON: 200, or 503 with what is missing." }
    };
    page::render(&title, &body)
}

fn parts(parts: &[Part]) -> Markup {
    html! { table { @for part in parts { tr {
        th { code { (part.name) } }
        td { @match part.holds {
            Holds::Text => "any text",
            Holds::SomeText => "any text but none",
            Holds::ByRule(rule) => (rule.says),
        } @if part.optional { " (may be missing)" } }
    } } } }
}

/// The codes that a detail may have, each once, with what it means.
fn faults() -> BTreeSet<(&'static str, &'static str)> {
    let mut told = BTreeSet::new();
    let codes = Code::ALL.iter().filter_map(|code| Some((code.soap()?, code.title())));
    let first = |(code, _): &(&'static str, &'static str)| told.insert(*code);
    let codes: Vec<_> = codes.filter(first).collect();
    codes.into_iter().collect()
}

/// A request of SOAP 1.1 as a person writes it.
fn example(service: &Description) -> String {
    let operation = service.operation;
    let fields: String = operation
        .fields
        .iter()
        .map(|part| {
            let value = match part.holds {
                Holds::ByRule(rule) if rule.content == Content::Address => "ada@example.org",
                Holds::ByRule(rule) if rule.content == Content::Secret => "correct horse battery",
                _ => "ada",
            };
            format!("      <{name}>{value}</{name}>\n", name = part.name)
        })
        .collect();
    format!(
        "<Envelope xmlns=\"{envelope}\">\n  <Body>\n    <{name} xmlns=\"{namespace}\">\n{fields}    </{name}>\n  </Body>\n\
         </Envelope>",
        envelope = Version::V1_1.namespace(),
        name = operation.name,
        namespace = operation.namespace(),
    )
}

#[cfg(test)]
mod tests {
    use super::{example, of};
    use crate::{lookup, register};

    #[test]
    fn the_example_is_a_request_of_the_service() {
        for service in [&register::DESCRIPTION, &lookup::DESCRIPTION] {
            let request = service.operation.read(example(service).as_bytes(), Some("text/xml")).unwrap();
            let names: Vec<_> = request.fields.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, service.operation.fields.iter().map(|part| part.name).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_page_names_every_field_with_its_rule_and_every_fault_once() {
        let page = of(&register::DESCRIPTION);
        assert!(page.contains("<code>dni</code>") && page.contains(r#"href="register?wsdl""#));
        for code in ["malformed", "missing", "repeated", "invalid", "duplicate", "too_large", "unavailable"] {
            assert_eq!(page.matches(&format!("<th><code>{code}</code>")).count(), 1, "{code}");
        }
    }
}
