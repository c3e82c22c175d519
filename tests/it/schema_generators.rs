//! The schemas as generators of types and strict validators read them: nothing that they do not
//! know, number or leave out, and texts for people who have never seen the code.

use std::collections::{BTreeMap, BTreeSet};

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::repository::{files, read};

/// The schemas of the commands' documents, by file.
fn schemas() -> Vec<(String, Value)> {
    let described = |name: &String| !name.ends_with("/cli.json") && !name.ends_with("/openapi.json");
    let found: Vec<_> = files("schema", ".json")
        .into_iter()
        .filter(described)
        .map(|name| (name.clone(), serde_json::from_str(&read(&name)).unwrap()))
        .collect();
    assert!(found.len() > 30);
    found
}

/// Calls `look` with every object in a document, and where it is.
fn walk(value: &Value, at: &str, look: &mut impl FnMut(&serde_json::Map<String, Value>, &str)) {
    match value {
        Value::Object(fields) => {
            look(fields, at);
            fields.iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}"), look));
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, value)| walk(value, &format!("{at}/{n}"), look)),
        _ => {}
    }
}

/// Ajv refuses a schema with a format that it was not given, and by default it is given none.
#[test]
fn no_format_must_be_known() {
    let mut times = 0;
    for (name, schema) in schemas() {
        walk(&schema, &name, &mut |object, at| {
            assert!(!object.get("format").is_some_and(Value::is_string), "{at}");
            times += usize::from(object.get("pattern").is_some_and(|it| it.as_str().unwrap().contains("T[0-9]{2}:")));
        });
    }
    assert!(times > 30, "{times} times");
}

/// A reference with keywords beside it is a type of its own, to which generators give a number; with
/// a description alone they do where the type is referred to in another way too.
#[test]
fn every_reference_is_a_type_by_its_name() {
    for (name, schema) in schemas() {
        let mut described: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        walk(&schema, &name, &mut |object, _| {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                let text = object.get("description").map(Value::to_string);
                described.entry(reference.to_owned()).or_default().insert(text);
            }
        });
        described.retain(|_, ways| ways.len() > 1);
        assert!(described.is_empty(), "{name}: {described:?}");
        walk(&schema, &name, &mut |object, at| {
            if object.contains_key("$ref") {
                let others: Vec<&String> =
                    object.keys().filter(|key| !["$ref", "description"].contains(&key.as_str())).collect();
                assert!(others.is_empty(), "{at}: {others:?}");
            }
        });
        let forms = schema["oneOf"].as_array().unwrap();
        let named: Vec<&str> =
            forms.iter().map(|form| form["$ref"].as_str().unwrap_or_else(|| panic!("{name}"))).collect();
        let known = ["#/$defs/Success", "#/$defs/Failure", "#/$defs/Incomplete"];
        assert!(named.iter().all(|form| known.contains(form)), "{name}: {named:?}");
    }
}

/// A union of more than one type and null is what strict validators complain of, and generators
/// split.
#[test]
fn every_type_is_one_or_null() {
    for (name, schema) in schemas() {
        walk(&schema, &name, &mut |object, at| {
            if let Some(Value::Array(types)) = object.get("type") {
                assert!(types.len() == 2 && types[1] == "null", "{at}: {types:?}");
            }
        });
        assert_eq!(schema["$defs"]["Error"]["properties"]["details"]["type"], json!(["object", "null"]), "{name}");
    }
}

/// Whatever a server gives as details, `.error.details` is an object or null, and holds it.
#[test]
fn details_are_an_object_or_null() {
    for (given, shown) in [
        (json!({ "field": ["name"] }), json!({ "field": ["name"] })),
        (json!(null), json!(null)),
        (json!([{ "field": "name" }]), json!({ "value": [{ "field": "name" }] })),
        (json!("name"), json!({ "value": "name" })),
        (json!(false), json!({ "value": false })),
        (json!({}), json!({})),
    ] {
        let cli = Cli::new();
        let body = json!({ "error": "BadRequest", "code": "BAD_REQUEST", "message": "no", "details": given });
        cli.sandbox.inject(Fault::answer(400, body.to_string()).always());
        let failed = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(6).json();
        assert_eq!(failed["error"]["details"], shown, "{given}");
        // What this program adds stands beside it.
        let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(6).json();
        assert!(created["error"]["details"].is_object() || created["error"]["details"].is_null(), "{created}");
    }
}

/// Links of rustdoc and paths of Rust mean nothing to those who read a schema.
#[test]
fn the_texts_are_not_those_of_the_code() {
    let mut texts = BTreeSet::new();
    for name in files("schema", ".json") {
        let document: Value = serde_json::from_str(&read(&name)).unwrap();
        walk(&document, &name, &mut |object, at| {
            for key in ["title", "summary", "description"] {
                let Some(text) = object.get(key).and_then(Value::as_str) else { continue };
                texts.insert(text.to_owned());
                for code in ["[`", "](", "::", "```"] {
                    assert!(!text.contains(code), "{at}: {text}");
                }
            }
        });
    }
    assert!(texts.len() > 300, "{}", texts.len());
}
