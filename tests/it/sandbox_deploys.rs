//! Deploys to the sandbox, their limits, and rollbacks.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use jelou::sandbox::Fault;

use crate::support::http::{Answer, Request};
use crate::support::sandbox::{REDEPLOY, TestSandbox, value};

/// A path and what is in the file.
type File<'a> = (&'a str, &'a [u8]);

fn code(files: &[File]) -> Value {
    let file = |(path, content): &File| json!({"path": path, "content": BASE64_STANDARD.encode(content)});
    json!({"entrypoint": "index.ts", "files": files.iter().map(file).collect::<Vec<_>>()})
}

fn deploy(sandbox: &TestSandbox, slug: &str, files: &[File]) -> Answer {
    sandbox.ask(Request::post(&format!("/v1/functions/{slug}/deployments"), &code(files)))
}

fn create(sandbox: &TestSandbox, slug: &str) {
    let body = json!({"slug": slug, "name": slug, "description": "A test"});
    let function = sandbox.ask(Request::post("/v1/functions", &body)).expect(201).json();
    assert_eq!(function["status"], "created");
}

#[test]
fn the_first_deploy_issues_the_default_token_and_later_ones_none() {
    let sandbox = TestSandbox::standing();
    create(&sandbox, "fresh");
    assert_eq!(sandbox.send(&Request::get("/fn/fresh/__health")).status, 404);

    let first = deploy(&sandbox, "fresh", &[("index.ts", b"one")]).expect(201).json();
    let value = value(&first).to_owned();
    assert_eq!(first["token_info"]["name"], "default");
    assert_eq!(first["url"].as_str().unwrap(), format!("{}/fn/fresh", sandbox.gateway_url()));
    assert_eq!(first["files"], json!([{"path": "index.ts", "size": 3}]));
    assert_eq!(sandbox.ask(Request::get("/v1/functions/fresh")).json()["status"], "deploying");
    assert_eq!(sandbox.send(&Request::get("/fn/fresh/").token(&value)).status, 404);
    sandbox.clock().advance(REDEPLOY);
    sandbox.send(&Request::get("/fn/fresh/").token(&value)).expect(200);

    let second = deploy(&sandbox, "fresh", &[("index.ts", b"two")]).expect(201).json();
    assert_eq!((&second["token"], &second["token_info"]), (&Value::Null, &Value::Null));
    sandbox.clock().advance(REDEPLOY);
    let function = sandbox.ask(Request::get("/v1/functions/fresh")).json();
    assert_eq!((&function["status"], &function["active_deployment_id"]), (&json!("live"), &second["id"]));
}

#[test]
fn a_first_deploy_that_fails_issues_its_token_and_nothing_is_live() {
    let sandbox = TestSandbox::standing();
    create(&sandbox, "fresh");
    sandbox.inject(Fault::redeploy_fails());
    let first = deploy(&sandbox, "fresh", &[("index.ts", b"one")]).expect(201).json();
    let value = value(&first);
    sandbox.clock().advance(REDEPLOY);
    assert_eq!(sandbox.ask(Request::get("/v1/functions/fresh")).json()["status"], "failed");
    assert_eq!(sandbox.send(&Request::get("/fn/fresh/").token(value)).status, 404);
    assert_eq!(deploy(&sandbox, "fresh", &[("index.ts", b"two")]).expect(201).json()["token"], Value::Null);
    sandbox.clock().advance(REDEPLOY);
    sandbox.send(&Request::get("/fn/fresh/").token(value)).expect(200);
}

#[test]
fn limits_are_enforced() {
    let sandbox = TestSandbox::new();
    let (large, largest) = (vec![b'x'; 256 * 1024 + 1], vec![b'x'; 256 * 1024]);
    let names: Vec<String> = (1..=20).map(|number| format!("f{number}.txt")).collect();
    let some = |count: usize| names[..count].iter().map(|name| (name.as_str(), b"x" as &[u8]));
    let too_many: Vec<File> = some(20).chain([("index.ts", b"" as &[u8])]).collect();
    let cases: [(u16, &[File]); 13] = [
        (413, &[("index.ts", &large)]),
        (413, &[("index.ts", &largest), ("b.ts", &largest), ("c.ts", &largest), ("d.ts", &largest), ("e.ts", b"x")]),
        (422, &[]),
        (422, &[("main.ts", b"x")]),
        (422, &[("index.ts", b"x"), ("run.sh", b"x")]),
        (422, &[("index.ts", b"x"), ("../up.ts", b"x")]),
        (422, &too_many),
        (422, &[("index.ts", b"x"), ("index.ts", b"x")]),
        (422, &[("index.ts", b"x"), ("/root.ts", b"x")]),
        (422, &[("index.ts", b"x"), (".env.txt", b"x")]),
        (422, &[("index.ts", b"x"), ("node_modules/a.js", b"x")]),
        (422, &[("index.ts", b"x"), ("lib/dist/a.js", b"x")]),
        (422, &[("index.ts", b"x"), ("a\\b.ts", b"x")]),
    ];
    let before = sandbox.deployments("my-function").len();
    for (status, files) in cases {
        deploy(&sandbox, "my-function", files).refused(status);
    }
    let huge = Request::post("/v1/functions/my-function/deployments", &json!({"entrypoint": "x".repeat(3_000_000)}));
    assert_eq!(sandbox.ask(huge).refused(413), "PAYLOAD_TOO_LARGE");
    let no_base64 = json!({"entrypoint": "index.ts", "files": [{"path": "index.ts", "content": "%%%"}]});
    sandbox.ask(Request::post("/v1/functions/my-function/deployments", &no_base64)).refused(422);
    assert_eq!(sandbox.deployments("my-function").len(), before);

    let four: [File; 4] = [("index.ts", &largest), ("a/b.js", &largest), ("c.json", &largest), ("d.md", &largest)];
    deploy(&sandbox, "my-function", &four).expect(201);
    let twenty: Vec<File> = some(19).chain([("index.ts", b"" as &[u8])]).collect();
    deploy(&sandbox, "my-function", &twenty).expect(201);
}

#[test]
fn an_artifact_is_what_was_uploaded_also_behind_a_change_of_tokens() {
    let sandbox = TestSandbox::new();
    let deployed = deploy(&sandbox, "my-function", &[("index.ts", b"one"), ("a/b.json", b"{}")]).expect(201).json();
    let redeployed = sandbox.create("ci");
    for id in [&deployed["id"], &redeployed["deployment"]["id"]] {
        let path = format!("/v1/functions/my-function/deployments/{}/artifact", id.as_str().unwrap());
        let artifact = sandbox.ask(Request::get(&path)).expect(200).json();
        assert_eq!(artifact["files"], code(&[("index.ts", b"one"), ("a/b.json", b"{}")])["files"]);
    }
}

#[test]
fn a_rollback_runs_old_code_with_current_tokens() {
    let sandbox = TestSandbox::new();
    let old = deploy(&sandbox, "my-function", &[("index.ts", b"old")]).expect(201).json();
    deploy(&sandbox, "my-function", &[("index.ts", b"newer")]).expect(201);
    let token = sandbox.create("ci");
    let path = format!("/v1/functions/my-function/deployments/{}/rollback", old["id"].as_str().unwrap());
    let rolled = sandbox.ask(Request::post(&path, &json!({}))).expect(201).json();
    assert_eq!((&rolled["files"], &rolled["reason"]), (&old["files"], &json!("rollback")));
    assert!(sandbox.accepts(value(&token)));
}

#[test]
fn a_deployment_that_was_never_live_is_no_target_of_a_rollback() {
    let sandbox = TestSandbox::standing();
    sandbox.inject(Fault::redeploy_fails());
    let failed = deploy(&sandbox, "my-function", &[("index.ts", b"bad")]).expect(201).json();
    sandbox.clock().advance(REDEPLOY);
    let path = format!("/v1/functions/my-function/deployments/{}/rollback", failed["id"].as_str().unwrap());
    assert_eq!(sandbox.ask(Request::post(&path, &json!({}))).refused(409), "CONFLICT");

    let next = sandbox.create("ci");
    assert_ne!(next["deployment"]["files"], failed["files"], "code that failed is forgotten");
}

#[test]
fn deployments_are_listed_the_newest_first() {
    let sandbox = TestSandbox::new();
    let first = sandbox.create("one")["deployment"]["id"].clone();
    let second = sandbox.create("two")["deployment"]["id"].clone();
    let mut seen = Vec::new();
    let mut query = "limit=1".to_owned();
    loop {
        let path = format!("/v1/functions/my-function/deployments?{query}");
        let page = sandbox.ask(Request::get(&path)).expect(200).json();
        seen.push(page["items"][0]["id"].clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=1&cursor={cursor}");
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[..2], [second, first]);
}

#[test]
fn a_function_that_is_deleted_is_gone_and_its_slug_free_again() {
    let sandbox = TestSandbox::new();
    let gone = sandbox.ask(Request::delete("/v1/functions/my-function")).expect(200).json();
    assert_eq!(gone["slug"], "my-function");
    assert_eq!(sandbox.send(&Request::get("/fn/my-function/").token(&sandbox.default_value())).status, 404);
    create(&sandbox, "my-function");
    let again = deploy(&sandbox, "my-function", &[("index.ts", b"x")]).expect(201).json();
    assert!(again["token"].is_string());
}

#[test]
fn a_slug_is_unique_and_well_formed() {
    let sandbox = TestSandbox::new();
    let taken = json!({"slug": "my-function", "name": "Again"});
    assert_eq!(sandbox.ask(Request::post("/v1/functions", &taken)).refused(409), "CONFLICT");
    for slug in ["", "Upper", "1st", "-x", &"x".repeat(64)] {
        let body = json!({"slug": slug, "name": "Name"});
        assert_eq!(sandbox.ask(Request::post("/v1/functions", &body)).refused(422), "VALIDATION_ERROR", "{slug}");
    }
}

#[test]
fn code_that_failed_does_not_go_live_with_a_change_that_waited_behind_it() {
    let sandbox = TestSandbox::standing();
    deploy(&sandbox, "my-function", &[("index.ts", b"good")]).expect(201);
    sandbox.clock().advance(REDEPLOY);
    sandbox.inject(Fault::redeploy_fails());
    deploy(&sandbox, "my-function", &[("index.ts", b"bad")]).expect(201);
    sandbox.clock().advance(REDEPLOY / 2);
    let waiting = sandbox.create("ci");
    sandbox.clock().advance(REDEPLOY * 2);

    let path = format!("/v1/functions/my-function/deployments/{}", waiting["deployment"]["id"].as_str().unwrap());
    assert_eq!(sandbox.ask(Request::get(&path)).expect(200).json()["status"], "live");
    let artifact = sandbox.ask(Request::get(&format!("{path}/artifact"))).expect(200).json();
    assert_eq!(artifact["files"], code(&[("index.ts", b"good")])["files"]);
    assert!(sandbox.accepts(value(&waiting)));
}

#[test]
fn without_code_that_builds_no_change_makes_a_function_live() {
    for between in [REDEPLOY, REDEPLOY / 2] {
        let sandbox = TestSandbox::standing();
        create(&sandbox, "fresh");
        sandbox.inject(Fault::redeploy_fails());
        deploy(&sandbox, "fresh", &[("index.ts", b"bad")]).expect(201);
        sandbox.clock().advance(between);
        let body = json!({"name": "ci"});
        let token = sandbox.ask(Request::post("/v1/functions/fresh/tokens", &body)).expect(201).json();
        sandbox.clock().advance(REDEPLOY * 2);

        let id = token["deployment"]["id"].as_str().unwrap();
        let ended = sandbox.ask(Request::get(&format!("/v1/functions/fresh/deployments/{id}"))).expect(200).json();
        assert_eq!((&ended["status"], &ended["error"]), (&json!("failed"), &json!("There is no code to run")));
        let function = sandbox.ask(Request::get("/v1/functions/fresh")).expect(200).json();
        assert_eq!((&function["status"], &function["active_deployment_id"]), (&json!("failed"), &Value::Null));

        deploy(&sandbox, "fresh", &[("index.ts", b"good")]).expect(201);
        sandbox.clock().advance(REDEPLOY);
        sandbox.send(&Request::get("/fn/fresh/").token(value(&token))).expect(200);
    }
}
