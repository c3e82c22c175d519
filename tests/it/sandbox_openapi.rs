//! The API's description is made from the types, served, and committed.

use std::path::Path;

use jelou::sandbox::openapi;
use serde_json::Value;

use crate::support::http::Request;
use crate::support::sandbox::TestSandbox;

#[test]
fn the_committed_description_is_the_one_that_is_made() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/openapi.json");
    let made = format!("{:#}\n", openapi::document());
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, made, "run the tests once with UPDATE_SCHEMAS=1");
}

#[test]
fn it_is_served_without_a_credential() {
    let sandbox = TestSandbox::new();
    assert_eq!(sandbox.send(&Request::get("/openapi.json")).expect(200).json(), openapi::document());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi::document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_schema_is_one_of_json_schema_2020_12() {
    let document = openapi::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}: {schema:#}");
        assert!(!schema.to_string().contains("\"nullable\""), "{name}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
