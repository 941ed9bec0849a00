//! The OpenAPI document as a page to read: no script, nothing from elsewhere.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::response::Html;
use serde_json::Value;

use super::{escape, html};
use crate::http::openapi;

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let document = serde_json::to_value(openapi::document()).expect("the document is plain data");
    let mut out = String::new();
    // Writing to a String can't fail.
    write_document(&mut out, &document).expect("a String takes what is written to it");
    out
});

pub(super) async fn page() -> Html<String> {
    html("en", "cloudseat API", &PAGE)
}

fn write_document(out: &mut String, document: &Value) -> std::fmt::Result {
    let info = &document["info"];
    write!(
        out,
        "<h1>cloudseat API {}</h1><p>{}</p>",
        text(&info["version"]),
        text(&info["description"])
    )?;
    write!(
        out,
        "<p>The document itself: <a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>"
    )?;
    for tag in document["tags"].as_array().into_iter().flatten() {
        write!(
            out,
            "<h2>{}</h2><p>{}</p>",
            text(&tag["name"]),
            text(&tag["description"])
        )?;
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if operation["tags"][0] == tag["name"] {
                    write_operation(out, path, method, operation)?;
                }
            }
        }
    }
    write!(out, "<h2>Schemas</h2>")?;
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        write!(
            out,
            "<h3 id=\"{0}\">{0}</h3><p>{1}</p>",
            escape(name),
            text(&schema["description"])
        )?;
        write_schema(out, schema)?;
    }
    Ok(())
}

fn write_operation(
    out: &mut String,
    path: &str,
    method: &str,
    operation: &Value,
) -> std::fmt::Result {
    let id = text(&operation["operationId"]);
    let method = escape(&method.to_uppercase());
    write!(
        out,
        "<h3 id=\"{id}\"><span class=\"method\">{method}</span> <code>{}</code></h3>",
        escape(path)
    )?;
    write!(
        out,
        "<p>{} {}</p>",
        text(&operation["summary"]),
        text(&operation["description"])
    )?;
    write!(out, "<table>")?;
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
        let (kind, says) = (kind(&parameter["schema"]), text(&parameter["description"]));
        write!(
            out,
            "<tr><td><code>{name}</code></td><td class=\"quiet\">{place}</td><td>{kind}</td><td>{says}</td></tr>"
        )?;
    }
    for (media, content) in operation["requestBody"]["content"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let kind = kind(&content["schema"]);
        write!(
            out,
            "<tr><td>body</td><td class=\"quiet\">{}</td><td>{kind}</td><td></td></tr>",
            escape(media)
        )?;
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let says = text(&response["description"]);
        let contents: Vec<_> = response["content"]
            .as_object()
            .into_iter()
            .flatten()
            .collect();
        let kinds: Vec<_> = contents
            .iter()
            .map(|(_, content)| kind(&content["schema"]))
            .collect();
        let kinds = kinds.join(", ");
        write!(
            out,
            "<tr><td>{}</td><td></td><td>{kinds}</td><td>{says}</td></tr>",
            escape(status)
        )?;
    }
    write!(out, "</table>")
}

fn write_schema(out: &mut String, schema: &Value) -> std::fmt::Result {
    for part in ["allOf", "oneOf"]
        .iter()
        .filter_map(|name| schema[*name].as_array())
        .flatten()
    {
        write!(out, "<p>{}</p>", kind(part))?;
        write_schema(out, part)?;
    }
    let Some(properties) = schema["properties"].as_object() else {
        return if schema["enum"].is_array() {
            write!(out, "<p>{}</p>", kind(schema))
        } else {
            Ok(())
        };
    };
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    write!(out, "<table>")?;
    for (name, property) in properties {
        let must = if required.contains(&name.as_str()) {
            "required"
        } else {
            ""
        };
        let says = text(&property["description"]);
        write!(
            out,
            "<tr><td><code>{}</code></td><td class=\"quiet\">{must}</td><td>{}</td><td>{says}</td></tr>",
            escape(name),
            kind(property)
        )?;
    }
    write!(out, "</table>")
}

/// A schema in a word or two, with a link where it has a name.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| format!("<code>{}</code>", text(value)))
            .collect::<Vec<_>>()
            .join(" | ");
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" | ");
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) => escape(name),
        Value::Array(names) => names.iter().map(text).collect::<Vec<_>>().join(" | "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => "any".to_owned(),
    }
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}
