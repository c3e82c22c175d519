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

/// The error names the key and what belongs there, in the words of the file and not of its parser.
#[test]
fn an_error_of_the_seed_file_names_the_key_and_what_is_expected() {
    let cli = Cli::new();
    let function = |rest: &str| format!(r#"{{"functions": [{{"slug": "a"}}, {{"slug": "f", {rest}}}]}}"#);
    for (text, key, expected) in [
        (function(r#""public": "yes""#), "`functions[1].public`", "true or false"),
        (function(r#""mcp": null"#), "`functions[1].mcp`", "true or false"),
        (function(r#""tokens": {}"#), "`functions[1].tokens`", "an array"),
        (function(r#""tokens": [{"name": 5}]"#), "`functions[1].tokens[0].name`", "a string"),
        (function(r#""tokens": [{"name": "a b"}]"#), "`functions[1].tokens[0].name`", "1 to 64"),
        (function(r#""tokens": [{}]"#), "`functions[1].tokens[0]`", "`name`"),
        (function(r#""tokens": ["ci"]"#), "`functions[1].tokens[0]`", "an object"),
        (function(r#""tokens": [{"name": "a", "expires_at": "soon"}]"#), "`functions[1].tokens[0].expires_at`", "soon"),
        (function(r#""tokens": [{"name": "a", "disabled": 1}]"#), "`functions[1].tokens[0].disabled`", "true or false"),
        (function(r#""secrets": {"KEY": 5}"#), "`functions[1].secrets.KEY`", "a string"),
        (function(r#""secrets": {"key": "v"}"#), "`functions[1].secrets", "key"),
        (function(r#""handler": []"#), "`functions[1].handler`", "an object"),
        (function(r#""handler": {"status": 99}"#), "`functions[1].handler.status`", "200 to 599"),
        (function(r#""handler": {"status": 700}"#), "`functions[1].handler.status`", "200 to 599"),
        (function(r#""handler": {"status": 70000}"#), "`functions[1].handler.status`", "200 to 599"),
        (function(r#""handler": {"status": -1}"#), "`functions[1].handler.status`", "200 to 599"),
        (function(r#""handler": {"status": "400"}"#), "`functions[1].handler.status`", "200 to 599"),
        (function(r#""handler": {"status": 400.5}"#), "`functions[1].handler.status`", "200 to 599"),
        (function(r#""handler": {"status": 204, "body": "x"}"#), "`functions[1].handler", "no body"),
        (function(r#""handler": {"delay": "soon"}"#), "`functions[1].handler.delay`", "`10m`"),
        (function(r#""handler": {"delay": 5}"#), "`functions[1].handler.delay`", "`10m`"),
        (function(r#""handler": {"timeout": "121s"}"#), "`functions[1].handler`", "`timeout` is longer than 120s"),
        (function(r#""handler": {"Status": 400}"#), "`functions[1].handler", "`Status`"),
        (r#"{"functions": {}}"#.to_owned(), "`functions`", "an array"),
        (r#"{"functions": [{}]}"#.to_owned(), "`functions[0]`", "`slug`"),
        (r#"{"functions": [{"slug": "A b"}]}"#.to_owned(), "`functions[0].slug`", "not"),
        (r#"{"functions": [{"slug": 7}]}"#.to_owned(), "`functions[0].slug`", "a string"),
        (r#"{"function": []}"#.to_owned(), "", "`function`"),
        ("[]".to_owned(), "", "an object"),
        ("{".to_owned(), "", "line 1"),
    ] {
        let file = cli.write("seed.json", &text);
        let ran = cli.jelou(&["sandbox", "run", "--seed-file", &file.display().to_string(), "--", "true"]).ended(2);
        assert!(ran.stderr.contains(key) && ran.stderr.contains(expected), "{text}: {}", ran.stderr);
        for foreign in ["u16", "a sequence", "boolean", "a map", "struct ", "integer", "invalid type", "floating point"]
        {
            assert!(!ran.stderr.contains(foreign), "{text}: {}", ran.stderr);
        }
    }
}
