use std::collections::BTreeSet;
use std::path::Path;

use cloudseat::http::openapi;
use serde_json::Value;

/// The web application's types are made from this file.
#[test]
fn the_document_is_the_one_in_the_tree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/openapi.json");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let document = openapi::json();
    assert!(
        written == document,
        "the API's description has changed: run `cargo run -- openapi > src/http/openapi.json` and look at the difference"
    );
}

#[test]
fn everything_the_document_refers_to_is_in_it() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in &references {
        let found = reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer));
        assert!(found.is_some(), "{reference}");
    }
    for message in [
        "ClientFrame",
        "ServerFrame",
        "ClientMessage",
        "ServerMessage",
    ] {
        assert!(
            document["components"]["schemas"][message].is_object(),
            "{message}"
        );
    }
}

#[test]
fn operations_have_names_of_their_own_and_a_way_to_fail() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name} twice");
            let failure = &operation["responses"]["default"]["content"]["application/problem+json"]
                ["schema"]["$ref"];
            assert_eq!(failure, "#/components/schemas/Problem", "{method} {path}");
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{method} {path}"
            );
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let described = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .count();
            assert_eq!(described, path.matches('{').count(), "{method} {path}");
        }
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(reference) if name == "$ref" => {
                        _ = references.insert(reference.to_owned())
                    }
                    Some(_) | None => collect(member, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
