//! The functions of a seed file: public, without MCP, and with an answer of their own.

use std::time::Duration;

use jelou::sandbox::{Fixture, Sandbox, SandboxClock};
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::http::Request;
use crate::support::running;
use crate::support::sandbox::TestSandbox;

/// A sandbox with one function, `f`.
fn with(properties: &Value) -> TestSandbox {
    let mut function = json!({"slug": "f"});
    function.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    let fixture = Fixture::parse(&json!({"functions": [function]}).to_string()).unwrap();
    TestSandbox::of(Sandbox::builder().fixture(fixture).clock(SandboxClock::manual()))
}

fn call(sandbox: &TestSandbox, path: &str) -> Request {
    Request::new("POST", &format!("/fn/f{path}")).token(&sandbox.default_token("f").unwrap()).json(&json!({"a": 1}))
}

#[test]
fn a_function_says_what_it_is() {
    let sandbox = with(&json!({"description": "Looks a customer up"}));
    let health = sandbox.send(&Request::get("/fn/f/__health")).expect(200).json();
    let tool = json!({"name": "f", "description": "Looks a customer up"});
    assert_eq!(health, json!({"status": "ok", "mode": "define", "tool": tool}));
    let document = sandbox.send(&Request::get("/fn/f/openapi.json")).expect(200).json();
    assert_eq!((&document["openapi"], &document["info"]["title"]), (&json!("3.1.0"), &json!("f")));
    let scheme = &document["components"]["securitySchemes"];
    assert_eq!(*scheme, json!({"jelouToken": {"type": "apiKey", "in": "header", "name": "X-Jelou-Token"}}));
    for method in ["get", "post", "put", "patch", "delete"] {
        let operation = &document["paths"]["/"][method];
        assert_eq!(operation["security"], json!([{"jelouToken": []}]), "{method}");
        assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{operation}");
    }
}

#[test]
fn a_public_function_needs_no_token_and_says_so() {
    let sandbox = with(&json!({"public": true}));
    for request in [Request::get("/fn/f/a"), Request::get("/fn/f/a").token("jfn_rt_sbx_wrong"), call(&sandbox, "/a")] {
        sandbox.send(&request).expect(200);
    }
    let document = sandbox.send(&Request::get("/fn/f/openapi.json")).expect(200).json();
    assert_eq!(document["paths"]["/"]["post"]["security"], json!([]));
    sandbox.send(&Request::get("/fn/f/mcp")).expect(405);
}

#[test]
fn a_function_without_mcp_has_no_address_for_it() {
    let sandbox = with(&json!({"mcp": false}));
    sandbox.send(&Request::get("/fn/f/mcp")).expect(401);
    sandbox.send(&call(&sandbox, "/mcp")).expect(404);
    assert_eq!(sandbox.ask(Request::get("/v1/functions/f")).expect(200).json()["mcp_url"], Value::Null);
}

#[test]
fn a_handler_answers_as_the_seed_file_says() {
    for (handler, status, kind, body) in [
        (json!({"status": 201, "body": {"id": 7}}), 201, "application/json", r#"{"id":7}"#),
        (json!({"body": [1, null]}), 200, "application/json", "[1,null]"),
        (json!({"status": 503, "body": "down"}), 503, "text/plain; charset=utf-8", "down"),
        (json!({"body": ""}), 200, "text/plain; charset=utf-8", ""),
    ] {
        let sandbox = with(&json!({"handler": handler}));
        for path in ["/", "/a/b"] {
            let answer = sandbox.send(&call(&sandbox, path)).expect(status);
            assert_eq!((answer.header("content-type"), answer.text().as_str()), (Some(kind), body));
            sandbox.send(&Request::get(&format!("/fn/f{path}"))).expect(401);
        }
        assert_eq!(sandbox.send(&Request::get("/fn/f/__health")).expect(200).json()["status"], "ok");
    }
}

#[test]
fn a_handler_without_a_body_answers_as_the_platform_would() {
    let answered = |status: u16| {
        let sandbox = with(&json!({"handler": {"status": status}}));
        sandbox.send(&call(&sandbox, "/")).expect(status)
    };
    assert_eq!(answered(202).json()["body"], json!({"a": 1}), "an echo");
    let refused = answered(400).json();
    assert_eq!(refused["error"], "Validation failed");
    let details = refused["details"][0].as_object().unwrap();
    assert_eq!(details.keys().collect::<Vec<_>>(), ["path", "message", "code"]);
    assert_eq!(answered(504).json()["code"], "GATEWAY_TIMEOUT");
    assert_eq!(answered(204).body, b"");
    assert_eq!(answered(304).body, b"");
}

#[test]
fn a_delay_is_waited_for_and_past_the_time_limit_is_a_504() {
    for (handler, after, status) in [
        (json!({"delay": "2s"}), 2, 200),
        (json!({"status": 400, "delay": "2s"}), 2, 400),
        (json!({"delay": "31s"}), 30, 504),
        (json!({"delay": "31s", "timeout": "60s"}), 31, 200),
        (json!({"delay": "5s", "timeout": "1s", "status": 201}), 1, 504),
    ] {
        let sandbox = with(&json!({"handler": handler}));
        let request = call(&sandbox, "/");
        let begin = sandbox.clock().now();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| sandbox.send(&request).status);
            running::until("an answer", || {
                // Another request is answered meanwhile.
                sandbox.send(&Request::get("/fn/f/__health")).expect(200);
                sandbox.clock().advance(Duration::from_millis(100));
                asked.is_finished().then_some(())
            });
            assert_eq!(asked.join().unwrap(), status, "{handler}");
        });
        let passed = begin.duration_until(sandbox.clock().now()).as_secs();
        assert!(passed >= after, "{handler}: {passed}");
    }
}

#[test]
fn a_tool_whose_handler_fails_says_that_it_failed() {
    for (handler, text, failed) in [
        (json!({"body": {"found": true}}), r#"{"found":true}"#, false),
        (json!({"status": 400, "body": "no"}), "no", true),
        (json!({"status": 500, "body": {"a": 1}}), r#"{"a":1}"#, true),
    ] {
        let sandbox = with(&json!({"handler": handler}));
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "f"}});
        let request =
            call(&sandbox, "/mcp").header("Accept", "application/json, text/event-stream").body(message.to_string());
        let result = sandbox.send(&request).expect(200).json()["result"].clone();
        assert_eq!((&result["content"][0]["text"], &result["isError"]), (&json!(text), &json!(failed)), "{result}");
    }
}

#[test]
fn the_properties_outlast_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let seed = r#"{"functions": [{"slug": "f", "public": true, "handler": {"status": 503, "body": {"a": 1}}}]}"#;
    for _ in 0..2 {
        let builder = Sandbox::builder().state_file(folder.path().join("state")).fixture(Fixture::parse(seed).unwrap());
        let sandbox = TestSandbox::of(builder);
        assert_eq!(sandbox.send(&Request::get("/fn/f/")).expect(503).json(), json!({"a": 1}));
    }
}

#[test]
fn a_handler_that_cannot_be_is_refused_by_what_belongs_there() {
    let status = "a status from 200 to 599";
    let duration = "such as `250ms`, `2s` or `10m`";
    for (handler, expected) in [
        ("[]", "an object"),
        (r#"{"status": 99}"#, status),
        (r#"{"status": 700}"#, "a status from 200 to 599, found `700`"),
        (r#"{"status": 70000}"#, status),
        (r#"{"status": -1}"#, status),
        (r#"{"status": "400"}"#, status),
        (r#"{"status": 400.5}"#, status),
        (r#"{"status": 204, "body": "x"}"#, "a response with the status 204 has no body"),
        (r#"{"delay": "soon"}"#, "`soon` is not a duration"),
        (r#"{"delay": 5}"#, duration),
        (r#"{"timeout": []}"#, duration),
        (r#"{"timeout": "121s"}"#, "`timeout` is longer than 120s"),
        (r#"{"Status": 400}"#, "`Status`"),
    ] {
        let text = format!(r#"{{"functions": [{{"slug": "f", "handler": {handler}}}]}}"#);
        let message = Fixture::parse(&text).unwrap_err().message();
        assert!(message.contains(expected), "{handler}: {message}");
    }
}

/// A pipeline's way with what a function answers, and a probe that never runs the function.
#[test]
fn a_handler_meets_a_call_and_no_probe() {
    for (handler, exit, code) in [
        (json!({"status": 400}), 6, "VALIDATION_ERROR"),
        (json!({"status": 401, "body": {"error": "mine"}}), 3, "AUTH_ERROR"),
        (json!({"status": 504}), 9, "TRANSIENT_ERROR"),
        (json!({"status": 201, "body": "made"}), 0, ""),
    ] {
        let seed = json!({"functions": [{"slug": "f", "handler": handler}]}).to_string();
        let mut cli = Cli::with(|builder| builder.fixture(Fixture::parse(&seed).unwrap()));
        let value = cli.sandbox.default_token("f").unwrap();
        cli.set("JELOU_FUNCTION_TOKEN", &value);
        let called = cli.jelou(&["call", "f", "-d", "{}"]).ended(exit);
        assert!(called.stderr.contains(code), "{handler}: {}", called.stderr);
        cli.jelou(&["tokens", "verify", "f"]).ended(0);
        let created = cli.jelou(&["tokens", "create", "f", "--name", "ci", "--wait", "--json"]).ended(0).json();
        assert!(created["data"]["live"].is_object(), "{created}");
        let calls = cli
            .sandbox
            .requests()
            .into_iter()
            .filter(|entry| entry.method == "POST" && entry.path.starts_with("/fn/f"));
        assert_eq!(calls.count(), 1, "{handler}");
    }
}
