//! The document as a page to read.

use hexad_http::page::render;
use maud::{Markup, html};
use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

/// The page of a service.
pub(super) fn of(document: &OpenApi) -> String {
    // Serialising fails only for a map whose keys are no texts; the document has none.
    let document = serde_json::to_value(document).unwrap_or_default();
    let title = text(at(&document, "/info/title"));
    render(title, &body(title, &document))
}

fn body(title: &str, document: &Value) -> Markup {
    html! {
        h1 { (title) }
        @for paragraph in text(at(document, "/info/description")).split("\n\n") { p { (prose(paragraph)) } }
        p { "The same for programs: " a href="openapi.json" { "openapi.json" } " (OpenAPI 3.1)." }
        nav { ul {
            @for (path, method, operation) in operations(document) {
                li { a href={ "#" (text(at(operation, "/operationId"))) } {
                    span class="method" { (method.to_uppercase()) } code { (path) }
                } " " (prose(text(at(operation, "/summary")))) }
            }
        } }
        @for (path, method, operation) in operations(document) { (one(path, method, operation)) }
        h2 { "Schemas" }
        @for (name, schema) in members(at(document, "/components/schemas")) {
            h3 id={ "schema-" (name) } { (name) }
            (described(schema))
            (properties(schema))
        }
    }
}

/// All operations: path, method, and what is said of it.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(at(document, "/paths"))
        .flat_map(|(path, item)| members(item).map(move |(method, operation)| (path, method, operation)))
}

fn one(path: &str, method: &str, operation: &Value) -> Markup {
    html! {
        h2 id=(text(at(operation, "/operationId"))) { span class="method" { (method.to_uppercase()) } code { (path) } }
        p { (prose(text(at(operation, "/summary")))) }
        @if let Some(more) = at(operation, "/description").as_str() { p { (prose(more)) } }
        @if operation.get("security").is_some() { p { "Needs " code { "Authorization: Bearer TOKEN" } "." } }
        @if let Some(parameters) = at(operation, "/parameters").as_array() {
            h3 { "Parameters" }
            table { @for parameter in parameters { (parameter_row(parameter)) } }
        }
        @if let Some(body) = operation.get("requestBody") {
            h3 { "Body" @if *at(body, "/required") != Value::Bool(true) { " (optional)" } }
            (described(body))
            (contents(body))
        }
        h3 { "Answers" }
        table { @for (status, response) in members(at(operation, "/responses")) { tr {
            th { (status) }
            td {
                (prose(text(at(response, "/description"))))
                @if let Some(headers) = at(response, "/headers").as_object() {
                    @for name in headers.keys().filter(|name| *name != "X-Request-Id") { " " code { (name) } }
                }
                (contents(response))
            }
        } } }
    }
}

fn parameter_row(parameter: &Value) -> Markup {
    html! { tr {
        th { code { (text(at(parameter, "/name"))) } }
        td { (text(at(parameter, "/in"))) @if *at(parameter, "/required") == Value::Bool(true) { ", required" } }
        td { (kind(at(parameter, "/schema"))) }
        td { (prose(text(at(parameter, "/description")))) }
    } }
}

fn contents(holder: &Value) -> Markup {
    html! { @for (media_type, content) in members(at(holder, "/content")) {
        @if media_type == "application/problem+json" { " " a href="#schema-Problem" { "Problem" } }
        @else {
            p { code { (media_type) } " " (kind(at(content, "/schema"))) }
            (properties(at(content, "/schema")))
        }
    } }
}

/// A type in a few words.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = at(schema, "/$ref").as_str().and_then(|target| target.rsplit('/').next()) {
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    let types = match at(schema, "/type") {
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    };
    html! {
        (types)
        @if schema.get("items").is_some() { " of " (kind(at(schema, "/items"))) }
        @for (keyword, bound) in members(schema) {
            @if matches!(keyword, "format" | "pattern" | "minimum" | "maximum" | "minLength" | "maxLength" | "default") {
                ", " (keyword) " " code { (plain(bound)) }
            }
        }
        @if let Some(either) = at(schema, "/oneOf").as_array() {
            @for (place, one) in either.iter().enumerate() { @if place > 0 { " or " } (kind(one)) }
        }
    }
}

/// The members of an object.
fn properties(schema: &Value) -> Markup {
    let required: Vec<&str> = at(schema, "/required").as_array().into_iter().flatten().map(text).collect();
    html! { @if at(schema, "/properties").is_object() { table {
        @for (name, property) in members(at(schema, "/properties")) { tr {
            th { code { (name) } @if !required.contains(&name) { " (optional)" } }
            td { (kind(property)) }
            td { (prose(text(at(property, "/description")))) }
        } }
    } } }
}

fn described(holder: &Value) -> Markup {
    html! { @if let Some(description) = at(holder, "/description").as_str() { p { (prose(description)) } } }
}

/// Text in which backticks enclose code, which is all the markup that our descriptions have.
fn prose(text: &str) -> Markup {
    html! { @for (place, part) in text.split('`').enumerate() {
        @if place % 2 == 1 { code { (part) } } @else { (part) }
    } }
}

fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

/// What stands there in a value, or null.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
