//! The API's description is the committed one, and true.

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::repository::read;
use crate::support::sandbox::TestSandbox;

fn document() -> Value {
    serde_json::from_str(&read("schema/openapi.json")).unwrap()
}

#[test]
fn it_is_served_without_a_credential() {
    let sandbox = TestSandbox::new();
    let response = sandbox.send(&Request::get("/openapi.json")).expect(200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.text(), read("schema/openapi.json"));
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
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
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}: {schema:#}");
        assert!(!schema.to_string().contains("\"nullable\""), "{name}");
    }
}

#[test]
fn real_answers_are_as_described() {
    let sandbox = TestSandbox::new();
    let document = document();
    let check = |path: &str, method: &str, status: &str, body: &Value| {
        let pointer =
            format!("/paths/{}/{method}/responses/{status}/content/application~1json/schema", path.replace('/', "~1"));
        let schema = document.pointer(&pointer).unwrap_or_else(|| panic!("{pointer}"));
        let whole = json!({"allOf": [schema], "components": document["components"]});
        let validator = jsonschema::draft202012::new(&whole).unwrap();
        let errors: Vec<String> = validator.iter_errors(body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{method} {path}: {errors:?}");
    };
    let function = "/v1/functions/my-function";
    let create = json!({"name": "ci", "expires_in_seconds": 3600});
    let created = sandbox.ask(Request::post(&format!("{function}/tokens"), &create)).expect(201).json();
    check("/v1/functions/{slug}/tokens", "post", "201", &created);
    let token = format!("{function}/tokens/{}", created["id"].as_str().unwrap());
    let rotate = Request::post(&format!("{token}/rotate"), &json!({"grace_seconds": 60}));
    check("/v1/functions/{slug}/tokens/{id}/rotate", "post", "201", &sandbox.ask(rotate).expect(201).json());
    let secrets = Request::put(&format!("{function}/secrets"), &json!({"secrets": {"KEY": "value"}}));
    check("/v1/functions/{slug}/secrets", "put", "200", &sandbox.ask(secrets).expect(200).json());
    for (path, target) in [
        ("/v1/me", "/v1/me".to_owned()),
        ("/v1/functions", "/v1/functions".to_owned()),
        ("/v1/functions/{slug}", function.to_owned()),
        ("/v1/functions/{slug}/tokens", format!("{function}/tokens")),
        ("/v1/functions/{slug}/tokens/{id}", token.clone()),
        ("/v1/functions/{slug}/deployments", format!("{function}/deployments")),
        ("/v1/functions/{slug}/secrets", format!("{function}/secrets")),
    ] {
        check(path, "get", "200", &sandbox.ask(Request::get(&target)).expect(200).json());
    }
    let disable = Request::patch(&token, &json!({"status": "disabled"}));
    check("/v1/functions/{slug}/tokens/{id}", "patch", "200", &sandbox.ask(disable).expect(200).json());
    check(
        "/v1/functions/{slug}/tokens/{id}",
        "delete",
        "200",
        &sandbox.ask(Request::delete(&token)).expect(200).json(),
    );
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

/// Whoever copies them gets an answer.
#[test]
fn the_examples_of_requests_are_taken() {
    let document = document();
    let mut taken = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            if example.is_null() {
                continue;
            }
            let sandbox = TestSandbox::new();
            let id = sandbox.create("another")["id"].as_str().unwrap().to_owned();
            let path = path.replace("{slug}", "my-function").replace("{id}", &id);
            let request = match method.as_str() {
                "post" => Request::post(&path, example),
                "put" => Request::put(&path, example),
                _ => Request::patch(&path, example),
            };
            let status = sandbox.ask(request).status;
            assert!((200..300).contains(&status), "{method} {path}: {status}");
            taken += 1;
        }
    }
    assert_eq!(taken, 6);
}
