//! The gateway of the sandbox: only `X-Jelou-Token` opens a function.

use serde_json::{Value, json};

use crate::support::http::{Connection, Request};
use crate::support::sandbox::TestSandbox;

const UNAUTHORIZED: &str = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;

fn call(path: &str) -> Request {
    Request::get(&format!("/fn/my-function{path}"))
}

#[test]
fn a_function_echoes_its_input_and_never_the_token() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    let request = Request::post("/fn/my-function/a/b?x=1", &json!({"query": "test", "mine": value}))
        .token(&value)
        .header("X-Own", "yes");
    let answer = sandbox.send(&request).expect(200);
    assert!(!answer.text().contains(&value));
    let echo = answer.json();
    assert_eq!((&echo["method"], &echo["path"], &echo["query"]), (&json!("POST"), &json!("/a/b"), &json!("x=1")));
    assert_eq!((&echo["body"]["query"], &echo["headers"]["x-own"]), (&json!("test"), &json!("yes")));
    assert_eq!(echo["headers"].get("x-jelou-token"), None);
}

#[test]
fn a_body_that_is_not_text_comes_back_in_base64() {
    let sandbox = TestSandbox::new();
    let request = Request::new("PUT", "/fn/my-function/").token(&sandbox.default_value()).body([0xff, 0xfe]);
    let echo = sandbox.send(&request).expect(200).json();
    assert_eq!((&echo["body"], &echo["body_base64"]), (&Value::Null, &json!("//4=")));
}

#[test]
fn without_a_valid_token_the_answer_is_exactly_the_documented_401() {
    let sandbox = TestSandbox::new();
    for request in [
        call("/"),
        call("/").token(""),
        call("/").token("jfn_rt_sbx_wrong"),
        call("/").token(&format!("{}x", sandbox.default_value())),
        call("/").token(&sandbox.default_token("other-function").unwrap()),
        call("/mcp"),
        call("/deep/path"),
    ] {
        let answer = sandbox.send(&request).expect(401);
        assert_eq!(answer.text(), UNAUTHORIZED);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn a_token_anywhere_else_does_not_count() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    for request in [
        call("/").bearer(&value),
        call(&format!("/?token={value}")),
        call(&format!("/?X-Jelou-Token={value}")),
        call("/").header("Cookie", &format!("X-Jelou-Token={value}")),
        call("/").token(&value).token(&value),
        call("/").token(&format!("{value}{}", "x".repeat(4097))),
    ] {
        assert_eq!(sandbox.send(&request).expect(401).text(), UNAUTHORIZED);
    }
    assert_eq!(sandbox.take_violations().len(), 6);
    let in_body = Request::post("/fn/my-function/", &json!({"token": value}));
    assert_eq!(sandbox.send(&in_body).expect(401).text(), UNAUTHORIZED);
}

#[test]
fn a_header_of_4096_bytes_is_looked_at_and_a_longer_one_is_not() {
    let sandbox = TestSandbox::new();
    sandbox.send(&call("/").token(&"x".repeat(4096))).expect(401);
    assert!(sandbox.violations().is_empty());
    sandbox.send(&call("/").token(&"x".repeat(4097))).expect(401);
    assert_eq!(sandbox.take_violations().len(), 1);
}

#[test]
fn health_and_openapi_are_public() {
    let sandbox = TestSandbox::new();
    assert_eq!(sandbox.send(&call("/__health")).expect(200).json()["status"], "ok");
    assert_eq!(sandbox.send(&call("/openapi.json")).expect(200).json()["openapi"], "3.1.0");
    sandbox.send(&call("/__health/")).expect(401);
    sandbox.send(&call("/openapi.json/x")).expect(401);
}

#[test]
fn a_function_is_reached_by_its_host_too() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    for host in [
        "my-function.fn.localhost".to_owned(),
        "My-Function.FN.LOCALHOST".to_owned(),
        format!("my-function.fn.localhost:{}", sandbox.port()),
    ] {
        let echo = sandbox.send(&Request::get("/v1/me").host(&host).token(&value)).expect(200).json();
        assert_eq!(echo["path"], "/v1/me");
        sandbox.send(&Request::get("/v1/me").host(&host)).expect(401);
    }
    assert_eq!(sandbox.requests()[0].path, "/fn/my-function/v1/me");
}

#[test]
fn a_function_that_does_not_exist_is_404_whatever_the_token() {
    let sandbox = TestSandbox::new();
    for path in ["/fn/absent/", "/fn/absent/__health", "/fn/", "/fn/absent"] {
        sandbox.send(&Request::get(path).token(&sandbox.default_value())).expect(404);
    }
}

#[test]
fn a_cron_trigger_needs_no_token() {
    let sandbox = TestSandbox::new();
    let trigger = Request::post("/v1/functions/my-function/cron/nightly/trigger", &json!({}));
    let triggered = sandbox.ask(trigger).expect(202).json();
    assert!(triggered["invocation_id"].is_string());
    assert_eq!(sandbox.invocations("my-function"), 1);
}

#[test]
fn only_the_cron_route_of_the_control_plane_is_a_cron_trigger() {
    let sandbox = TestSandbox::new();
    let value = sandbox.default_value();
    let trigger = "/cron/nightly/trigger";
    let at_the_gateway = Request::post(&format!("/fn/my-function{trigger}"), &json!({}));
    let by_host = Request::post(trigger, &json!({})).host("my-function.fn.localhost");
    sandbox.send(&at_the_gateway.clone().token(&value)).expect(200);
    sandbox.send(&by_host.clone().token(&value)).expect(200);
    sandbox.send(&by_host).expect(401);
    sandbox.send(&at_the_gateway).expect(401);
    sandbox.send(&call("/__health")).expect(200);

    let function = "/v1/functions/my-function";
    let control = Request::post(&format!("{function}{trigger}"), &json!({}));
    let scoped = sandbox.issue_pat(&["functions:read", "functions:write", "tokens:write"]);
    sandbox.send(&control.clone().bearer(&scoped)).refused(403);
    sandbox.send(&control.clone()).refused(401);
    sandbox.ask(Request::get(function)).expect(200);
    sandbox.create("ci");
    let secrets = json!({"secrets": {"KEY": "value"}});
    sandbox.ask(Request::put(&format!("{function}/secrets"), &secrets)).expect(200);
    assert_eq!(sandbox.invocations("my-function"), 0);

    sandbox.ask(control.clone()).expect(202);
    assert_eq!((sandbox.invocations("my-function"), sandbox.invocations("other-function")), (1, 0));
    assert_eq!(sandbox.ask(control).expect(202).header("idempotent-replayed"), Some("true"));
    assert_eq!(sandbox.invocations("my-function"), 1, "the same request again");
}

#[test]
fn every_method_is_passed_on_over_one_connection() {
    let sandbox = TestSandbox::new();
    let mut connection = Connection::open(sandbox.port()).unwrap();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let request = Request::new(method, "/fn/my-function").token(&sandbox.default_value());
        let echo = connection.exchange(&request).unwrap().expect(200).json();
        assert_eq!((&echo["method"], &echo["path"]), (&json!(method), &json!("/")));
    }
    let preflight = Request::new("OPTIONS", "/fn/my-function").token(&sandbox.default_value());
    assert_eq!(connection.exchange(&preflight).unwrap().expect(204).body, b"", "the gateway's own");
    let head = Request::new("HEAD", "/fn/my-function").token(&sandbox.default_value());
    assert_eq!(connection.exchange(&head).unwrap().status, 200);
}
