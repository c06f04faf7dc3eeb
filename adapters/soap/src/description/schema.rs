//! The types of a description, in XML Schema 1.0.

use super::{Description, SCHEMA, patterns::patterns};
use crate::writer::{Writer, element};
use crate::{Holds, Part, USER_SERVICE, detail};
use hexad::domain::Content;
use std::borrow::Cow;

/// The type of a text that is not empty. It has a name, as elements of one name in a request and its response must be
/// of one type where a toolkit makes parameters of them.
const SOME_TEXT: &str = "someText";

/// Writes the schema of that namespace.
pub(super) fn write(writer: &mut Writer, service: &Description, namespace: &str) {
    let operation = service.operation;
    let schema = element("xs:schema")
        .ns("xs", SCHEMA)
        .attr("targetNamespace", namespace)
        .attr("elementFormDefault", "qualified");
    writer.element(schema, |writer| {
        let some_text = service.qualified(namespace, SOME_TEXT);
        let mut described = Vec::new();
        if operation.namespace() == namespace {
            described.push((operation.name, operation.fields));
        }
        if operation.response.namespace == namespace {
            described.push((operation.response.name, operation.response.parts));
        }
        for (name, parts) in &described {
            write_sequence(writer, name, parts, &some_text);
        }
        if described.iter().any(|(_, parts)| parts.iter().any(|part| part.holds == Holds::SomeText)) {
            writer.element(element("xs:simpleType").attr("name", SOME_TEXT), |writer| {
                write_facets(writer, &[("xs:minLength", "1".into())]);
            });
        }
        if namespace == USER_SERVICE {
            detail::describe(writer, |name| service.qualified(namespace, name));
        }
    });
}

/// An element that holds these, each once and in this order: what toolkits make a function's parameters of.
fn write_sequence(writer: &mut Writer, name: &str, parts: &[Part], some_text: &str) {
    writer.element(element("xs:element").attr("name", name), |writer| {
        writer.element(element("xs:complexType"), |writer| {
            writer.element(element("xs:sequence"), |writer| {
                for part in parts {
                    write_part(writer, part, some_text);
                }
            });
        });
    });
}

fn write_part(writer: &mut Writer, part: &Part, some_text: &str) {
    let mut start = element("xs:element").attr("name", part.name);
    if part.optional {
        start = start.attr("minOccurs", "0");
    }
    match part.holds {
        Holds::Text => writer.empty(start.attr("type", "xs:string")),
        Holds::SomeText => writer.empty(start.attr("type", some_text)),
        Holds::ByRule(rule) => writer.element(start, |writer| {
            writer.element(element("xs:annotation"), |writer| {
                writer.leaf("xs:documentation", &format!("{} {}.", part.name, rule.says));
            });
            writer.element(element("xs:simpleType"), |writer| match rule.content {
                // The rule counts bytes and the schema characters, of which each has one to four.
                Content::Secret => write_facets(
                    writer,
                    &[
                        ("xs:minLength", rule.least.div_ceil(4).to_string().into()),
                        ("xs:maxLength", rule.most.to_string().into()),
                    ],
                ),
                Content::Name | Content::Address | Content::Text => write_patterns(writer, &patterns(&rule)),
            });
        }),
    }
}

/// A restriction by all of these patterns: those within one would be alternatives, so each has a type of its own.
fn write_patterns(writer: &mut Writer, patterns: &[String]) {
    match patterns {
        [] => {}
        [only] => write_facets(writer, &[("xs:pattern", only.into())]),
        [first, rest @ ..] => writer.element(element("xs:restriction"), |writer| {
            writer.element(element("xs:simpleType"), |writer| write_patterns(writer, rest));
            writer.empty(element("xs:pattern").attr("value", first));
        }),
    }
}

fn write_facets(writer: &mut Writer, facets: &[(&str, Cow<'_, str>)]) {
    writer.element(element("xs:restriction").attr("base", "xs:string"), |writer| {
        for (name, value) in facets {
            writer.empty(element(name).attr("value", value));
        }
    });
}
