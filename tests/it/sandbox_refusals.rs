//! What the description of the API says of a request, and what the sandbox does with it, are the
//! same.

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::repository::read;
use crate::support::sandbox::TestSandbox;

const FUNCTION: &str = "/v1/functions/my-function";

fn document() -> Value {
    serde_json::from_str(&read("schema/openapi.json")).unwrap()
}

/// Whether the document's schema of a request accepts a body.
fn is_described(document: &Value, path: &str, method: &str, body: &Value) -> bool {
    let operation = &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
    assert!(operation.is_object(), "{method} {path}");
    let whole = json!({"allOf": [operation], "components": document["components"]});
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap().is_valid(body)
}

/// Sends each body, and holds its status against the document.
fn check(path: &str, method: &str, send: fn(&TestSandbox, &Value) -> Request, bodies: &[Value]) {
    let document = document();
    let mut seen = [0, 0];
    for body in bodies {
        let sandbox = TestSandbox::new();
        let request = send(&sandbox, body);
        let answer = sandbox.ask(request);
        let described = is_described(&document, path, method, body);
        seen[usize::from(described)] += 1;
        let expected = if described { 200..300 } else { 400..423 };
        let status = answer.status;
        assert!(
            expected.contains(&status),
            "{method} {path} {status}, described: {described}: {:.300}",
            body.to_string()
        );
        drop(sandbox.take_violations());
    }
    assert!(seen.iter().all(|count| *count > 0), "{method} {path}: {seen:?}");
}

fn id_of_default(sandbox: &TestSandbox) -> String {
    let tokens = sandbox.ask(Request::get(&format!("{FUNCTION}/tokens"))).expect(200).json();
    tokens["items"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn of_a_new_function() {
    let with = |slug: &str, name: &str| json!({ "slug": slug, "name": name });
    check(
        "/v1/functions",
        "post",
        |_, body| Request::post("/v1/functions", body),
        &[
            with("a", "A"),
            with(&"a".repeat(63), &"é".repeat(128)),
            json!({ "slug": "a", "name": "A", "description": "é".repeat(1024) }),
            json!({ "slug": "a", "name": "A", "description": null }),
            with(&"a".repeat(64), "A"),
            with("A", "A"),
            with("", "A"),
            with("a", ""),
            with("a", &"a".repeat(129)),
            json!({ "slug": "a", "name": "A", "description": "a".repeat(1025) }),
            json!({ "slug": "a" }),
            json!({ "slug": "a", "name": "A", "other": 1 }),
            json!({ "slug": "a", "name": null }),
            json!(["a", "A"]),
            json!(null),
        ],
    );
}

#[test]
fn of_a_new_token() {
    let path = "/v1/functions/{slug}/tokens";
    let lifetime = |seconds: Value| json!({ "name": "ci", "expires_in_seconds": seconds });
    check(
        path,
        "post",
        |_, body| Request::post(&format!("{FUNCTION}/tokens"), body),
        &[
            json!({ "name": "a".repeat(64) }),
            lifetime(json!(1)),
            lifetime(json!(60.0)),
            lifetime(json!(3_162_240_000_u64)),
            lifetime(json!(null)),
            json!({ "name": "a".repeat(65) }),
            json!({ "name": "tok_a" }),
            json!({ "name": "jfn_a" }),
            json!({ "name": "a b" }),
            json!({ "name": "" }),
            lifetime(json!(0)),
            lifetime(json!(-1)),
            lifetime(json!(1.5)),
            lifetime(json!("60")),
            lifetime(json!(3_162_240_001_u64)),
            lifetime(json!(u64::MAX)),
        ],
    );
}

#[test]
fn of_a_change_of_a_token() {
    let change = |sandbox: &TestSandbox, body: &Value| {
        let other = sandbox.create("other")["id"].as_str().unwrap().to_owned();
        Request::patch(&format!("{FUNCTION}/tokens/{other}"), body)
    };
    check(
        "/v1/functions/{slug}/tokens/{id}",
        "patch",
        change,
        &[
            json!({ "status": "active" }),
            json!({ "status": "disabled", "expires_in_seconds": 60 }),
            json!({ "expires_at": null }),
            json!({ "expires_at": "2050-01-01T00:00:00+02:00" }),
            json!({ "expires_in_seconds": null }),
            json!({ "expires_in_seconds": 3_162_240_000_u64 }),
            json!({}),
            json!({ "status": null }),
            json!({ "status": "expired" }),
            json!({ "status": "paused" }),
            json!({ "expires_at": "tomorrow" }),
            json!({ "expires_at": 0 }),
            json!({ "expires_in_seconds": 0 }),
            json!({ "expires_in_seconds": 60, "expires_at": null }),
            json!({ "expires_in_seconds": null, "expires_at": null }),
            json!({ "name": "other" }),
        ],
    );
}

#[test]
fn null_clears_an_expiry_however_it_is_written() {
    for body in [json!({ "expires_at": null }), json!({ "expires_in_seconds": null })] {
        let sandbox = TestSandbox::new();
        let create = json!({ "name": "ci", "expires_in_seconds": 60 });
        let token = sandbox.ask(Request::post(&format!("{FUNCTION}/tokens"), &create)).expect(201).json();
        assert!(token["expires_at"].is_string());
        let path = format!("{FUNCTION}/tokens/{}", token["id"].as_str().unwrap());
        let changed = sandbox.ask(Request::patch(&path, &body)).expect(200).json();
        assert_eq!(changed["expires_at"], Value::Null, "{body}");
    }
}

#[test]
fn of_a_rotation() {
    let rotate = |sandbox: &TestSandbox, body: &Value| {
        Request::post(&format!("{FUNCTION}/tokens/{}/rotate", id_of_default(sandbox)), body)
    };
    check(
        "/v1/functions/{slug}/tokens/{id}/rotate",
        "post",
        rotate,
        &[
            json!({ "grace_seconds": null }),
            json!({ "grace_seconds": 0, "expires_in_seconds": 60 }),
            json!({ "grace_seconds": 31_536_000, "expires_in_seconds": null }),
            json!({}),
            json!({ "expires_in_seconds": 60 }),
            json!({ "grace_seconds": 31_536_001 }),
            json!({ "grace_seconds": -1 }),
            json!({ "grace_seconds": "10m" }),
            json!({ "grace_seconds": null, "expires_in_seconds": 0 }),
        ],
    );
}

#[test]
fn of_a_deploy() {
    let file =
        |path: &str, content: &str| json!({ "entrypoint": path, "files": [{ "path": path, "content": content }] });
    let many = |count: usize| {
        let files: Vec<Value> = (0..count).map(|n| json!({ "path": format!("a{n}.ts"), "content": "" })).collect();
        json!({ "entrypoint": "a0.ts", "files": files })
    };
    let deploy = |_: &TestSandbox, body: &Value| Request::post(&format!("{FUNCTION}/deployments"), body);
    check(
        "/v1/functions/{slug}/deployments",
        "post",
        deploy,
        &[
            file("index.ts", "YQ=="),
            file("a/b-c/d.md", ""),
            file(&format!("{}.ts", "é".repeat(252)), ""),
            many(20),
            many(21),
            json!({ "entrypoint": "index.ts", "files": [] }),
            file(&format!("{}.ts", "a".repeat(253)), ""),
            file("/index.ts", ""),
            file("../index.ts", ""),
            file("dist/index.ts", ""),
            file("index.sh", ""),
            file("index.ts", "YQ"),
            file("index.ts", "YR=="),
            file("index.ts", &"A".repeat(349_532)),
            json!({ "files": [{ "path": "index.ts", "content": "" }] }),
            json!({ "entrypoint": "index.ts", "files": [["index.ts", ""]] }),
        ],
    );
}

#[test]
fn of_secrets() {
    let with = |key: &str, value: Value| json!({ "secrets": { key: value } });
    let put = |_: &TestSandbox, body: &Value| Request::put(&format!("{FUNCTION}/secrets"), body);
    check(
        "/v1/functions/{slug}/secrets",
        "put",
        put,
        &[
            with("KEY", json!("")),
            with("K_1", json!("é".repeat(65_536))),
            json!({ "secrets": { "A": "a", "B": "b" } }),
            json!({ "secrets": {} }),
            with("key", json!("a")),
            with("__FN_KEY", json!("a")),
            with("1", json!("a")),
            with("", json!("a")),
            with("KEY", json!(null)),
            with("KEY", json!(1)),
            with("KEY", json!("a".repeat(65_537))),
            json!({}),
            json!({ "secrets": { "A": "a" }, "other": 1 }),
        ],
    );
}

#[test]
fn of_a_request_without_fields() {
    for path in ["/v1/functions/{slug}/cron/{name}/trigger", "/v1/functions/{slug}/deployments/{id}/rollback"] {
        let send = if path.contains("cron") {
            |_: &TestSandbox, body: &Value| Request::post(&format!("{FUNCTION}/cron/nightly/trigger"), body)
        } else {
            |sandbox: &TestSandbox, body: &Value| {
                let all = sandbox.ask(Request::get(&format!("{FUNCTION}/deployments"))).expect(200).json();
                let id = all["items"][0]["id"].as_str().unwrap().to_owned();
                Request::post(&format!("{FUNCTION}/deployments/{id}/rollback"), body)
            }
        };
        check(path, "post", send, &[json!({}), json!({ "other": 1 }), json!([]), json!(null)]);
    }
}

#[test]
fn of_what_stands_in_a_query() {
    let sandbox = TestSandbox::new();
    for list in ["/v1/functions", "/v1/functions/my-function/tokens", "/v1/functions/my-function/secrets"] {
        for wrong in
            ["limit=", "limit=0", "limit=1001", "limit=1.5", "cursor=", "cursor=%20", "limit=1&limit=1", "other=1"]
        {
            let answer = sandbox.ask(Request::get(&format!("{list}?{wrong}")));
            assert_eq!(answer.refused(422), "VALIDATION_ERROR", "{list}?{wrong}");
        }
    }
    drop(sandbox.take_violations());
}
