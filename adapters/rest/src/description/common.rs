//! What every service's document has: health, the problem documents, the token, the request id.

use super::{
    About, BEARER,
    schema::{FieldProblem, Healthy, Problem, Unhealthy},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, Header, HttpMethod, ObjectBuilder, OpenApi, PathItem, Ref, RefOr,
        Required, Response, ResponseBuilder,
        path::{Operation, OperationBuilder},
        schema::{Schema, SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

const REQUEST_ID: &str = "X-Request-Id";

/// Adds what the handlers do not say.
pub(super) fn complete(document: &mut OpenApi, about: &About) {
    for route in ["/readyz"].iter().chain(about.health) {
        let item = PathItem::new(HttpMethod::Get, health(route));
        document.paths.paths.insert((*route).to_owned(), item);
    }
    document.paths.paths.insert("/livez".to_owned(), PathItem::new(HttpMethod::Get, livez()));
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.head];
        for operation in operations.into_iter().flatten() {
            may_be_missing(operation);
            is_never_null(operation);
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    let id = Ref::new(format!("#/components/headers/{REQUEST_ID}"));
                    response.headers.insert(REQUEST_ID.to_owned(), RefOr::Ref(id));
                }
            }
        }
    }
    components(document, about);
}

/// A parameter that a handler's annotation calls optional is none, or what its schema says: a text has no `null`.
fn is_never_null(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema else { continue };
        if let SchemaType::Array(types) = &schema.schema_type
            && let [one, Type::Null] = types.as_slice()
        {
            schema.schema_type = SchemaType::Type(one.clone());
        }
    }
}

/// A body that a handler's annotation calls optional is none, or what its schema says, but never `null`.
fn may_be_missing(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(either))) = &content.schema else { continue };
        let named = either.items.iter().find(|item| matches!(item, RefOr::Ref(_)));
        if let (Some(named), 2) = (named.cloned(), either.items.len()) {
            content.schema = Some(named);
            body.required = Some(Required::False);
        }
    }
}

fn components(document: &mut OpenApi, about: &About) {
    let components = document.components.get_or_insert_with(|| ComponentsBuilder::new().build());
    components.schemas.insert("Problem".to_owned(), problem(about.compat));
    for (name, schema) in [
        (FieldProblem::name(), FieldProblem::schema()),
        (Healthy::name(), Healthy::schema()),
        (Unhealthy::name(), Unhealthy::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    let mut id =
        Header::new(ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9._-]{1,128}$")));
    id.description = Some("The request's own id, or one that was made for it; it is in the log.".to_owned());
    components.headers.insert(REQUEST_ID.to_owned(), id.into());
    if uses_tokens(document) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let token = token.description(Some("The token of `POST /login` at the auth service."));
        let components = document.components.get_or_insert_with(|| ComponentsBuilder::new().build());
        components.security_schemes.insert(BEARER.to_owned(), SecurityScheme::Http(token.build()).into());
    }
}

fn uses_tokens(document: &OpenApi) -> bool {
    let operations = document.paths.paths.values();
    operations
        .flat_map(|item| [&item.get, &item.put, &item.post, &item.delete, &item.head])
        .flatten()
        .any(|operation| operation.security.is_some())
}

/// A problem document with the member of the original service.
fn problem(compat: &str) -> RefOr<Schema> {
    let mut schema = Problem::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        let again = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The detail again, under the name that it always had at this service."));
        object.properties.insert(compat.to_owned(), again.into());
        object.required.push(compat.to_owned());
    }
    schema
}

fn health(route: &str) -> Operation {
    let id = route.trim_matches('/').replace(['/', '-'], "_");
    OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some("Whether the service can do its work"))
        .description(Some("Asks all stores that the service needs."))
        .response("200", json("It can.", Healthy::name()))
        .response("503", json("A store is away.", Unhealthy::name()))
        .build()
}

fn livez() -> Operation {
    let alive = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
    OperationBuilder::new()
        .operation_id(Some("livez"))
        .summary(Some("Whether the process runs"))
        .description(Some("Touches no store."))
        .response("200", ResponseBuilder::new().description("It does.").content("text/plain", alive))
        .build()
}

fn json(description: &str, schema: impl Into<String>) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}
