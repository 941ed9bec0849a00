//! The API as an OpenAPI 3.1 document, collected from the handlers; WebSocket messages are components of it too.

use std::collections::BTreeMap;

use utoipa::OpenApi;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, ResponseBuilder};

use super::problem;

/// Where all of it lives.
pub const BASE: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "cloudseat",
        description = "Remote law enforcement by video, recorded in the same moment and provable afterwards. \
            Failures are RFC 9457 problems with a stable `code`. Lists page by cursor. Times are RFC 3339 in UTC with \
            milliseconds. A session's id is its `sid` everywhere.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "sign-in", description = "In and out."),
        (name = "people", description = "Accounts and units."),
        (name = "seats", description = "Seats, queue, figures."),
        (name = "catalogue", description = "Violations, code tables, procedures."),
        (name = "cases", description = "Cases."),
        (name = "sessions", description = "Sessions: one call and its recording."),
        (name = "steps", description = "The procedure's steps, and the acts on them."),
        (name = "decision", description = "The decision: draft, issue, signature, delivery."),
        (name = "evidence", description = "Recording, log, verification, bundle. Each look is an entry in the chain."),
        (name = "receipts", description = "Public: check a citizen's receipt."),
        (name = "audit", description = "Who looked at evidence."),
    ),
    components(schemas(
        problem::ProblemBody<'_>,
        signaling::protocol::ClientFrame,
        signaling::protocol::ServerFrame,
    )),
    security(("cookie" = []), ("bearer" = [])),
)]
struct Document;

/// The document before the routes are added to it.
pub fn base() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = super::router::api().split_for_parts();
    if let Some(components) = &mut document.components {
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(super::auth::COOKIE)));
        components.add_security_scheme("cookie", cookie);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        operations
            .into_iter()
            .filter_map(Option::as_mut)
            .for_each(complete);
    }
    if let Some(components) = &mut document.components {
        name_items(&mut components.schemas);
    }
    document
}

/// Every operation can fail, always in the same form; and every response has a description (OpenAPI 3.1 §4.8.17).
fn complete(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = format!("{status}: see the schema.");
        }
    }
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description("A failure; `code` says which.")
        .content("application/problem+json", content)
        .build();
    operation
        .responses
        .responses
        .insert("default".to_owned(), RefOr::T(response));
}

/// A list's items are written out where a reference says the same: `Page_User` lists `User`.
fn name_items(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let names: Vec<String> = schemas.keys().cloned().collect();
    for (name, schema) in schemas {
        let Some(item) = name
            .strip_prefix("Page_")
            .or_else(|| name.strip_prefix("Items_"))
        else {
            continue;
        };
        let RefOr::T(Schema::Object(list)) = schema else {
            continue;
        };
        let Some(RefOr::T(Schema::Array(items))) = list.properties.get_mut("items") else {
            continue;
        };
        if names.iter().any(|name| name == item) {
            items.items =
                ArrayItems::RefOrSchema(Box::new(RefOr::Ref(Ref::from_schema_name(item))));
        }
    }
}

/// The document as `GET /api/v1/openapi.json` and `cloudseat openapi` print it.
pub fn json() -> String {
    let mut text = serde_json::to_string_pretty(&document()).expect("the document is plain data");
    text.push('\n');
    text
}
