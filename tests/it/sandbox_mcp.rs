//! The MCP endpoint of a function in the sandbox.

use serde_json::{Value, json};

use crate::support::http::{Answer, Request};
use crate::support::sandbox::TestSandbox;

fn message(sandbox: &TestSandbox, body: &Value) -> Request {
    Request::new("POST", "/fn/my-function/mcp")
        .token(&sandbox.default_value())
        .header("Accept", "application/json, text/event-stream")
        .json(body)
}

fn call(sandbox: &TestSandbox, method: &str, params: &Value) -> Answer {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    sandbox.send(&message(sandbox, &body))
}

#[test]
fn a_session_begins_lists_the_tool_and_calls_it() {
    let sandbox = TestSandbox::new();
    let params =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let started = call(&sandbox, "initialize", &params).expect(200).json();
    assert_eq!(started["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(started["result"]["serverInfo"]["name"], "my-function");
    let ready = message(&sandbox, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    assert_eq!(sandbox.send(&ready).expect(202).body, b"");
    let tools = call(&sandbox, "tools/list", &json!({})).expect(200).json();
    assert_eq!(tools["result"]["tools"][0]["name"], "echo");
    let called = call(&sandbox, "tools/call", &json!({"name": "echo", "arguments": {"a": 1}})).expect(200).json();
    assert_eq!(called["result"]["structuredContent"], json!({"a": 1}));
    assert_eq!(called["result"]["content"][0]["text"], "{\"a\":1}");
    assert_eq!(call(&sandbox, "ping", &json!({})).expect(200).json()["result"], json!({}));
}

#[test]
fn an_unknown_version_is_answered_with_the_newest_known() {
    let sandbox = TestSandbox::new();
    let started = call(&sandbox, "initialize", &json!({"protocolVersion": "1999-01-01"})).expect(200).json();
    assert_eq!(started["result"]["protocolVersion"], "2025-11-25");
}

#[test]
fn there_is_no_stream_and_no_session_to_end() {
    let sandbox = TestSandbox::new();
    for method in ["GET", "DELETE"] {
        let request = Request::new(method, "/fn/my-function/mcp").token(&sandbox.default_value());
        assert_eq!(sandbox.send(&request).expect(405).header("allow"), Some("POST"));
    }
}

#[test]
fn what_is_not_a_request_of_the_protocol_is_refused() {
    let sandbox = TestSandbox::new();
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for (status, code, request) in [
        (400, -32700, message(&sandbox, &ping).body("{")),
        (400, -32600, message(&sandbox, &json!([ping]))),
        (400, -32600, message(&sandbox, &json!({"id": 1, "method": "ping"}))),
        (400, -32600, message(&sandbox, &json!({"jsonrpc": "2.0", "id": null, "method": "ping"}))),
        (400, -32600, message(&sandbox, &json!({"jsonrpc": "2.0"}))),
        (400, -32600, message(&sandbox, &json!({"jsonrpc": "2.0", "id": 1}))),
        (400, -32600, message(&sandbox, &json!({"jsonrpc": "2.0", "id": 1, "method": 5}))),
        (400, -32600, message(&sandbox, &json!({"jsonrpc": "2.0", "result": {}}))),
        (406, -32600, message(&sandbox, &ping).without_header("Accept")),
        (
            406,
            -32600,
            message(&sandbox, &ping).without_header("Accept").header("Accept", "application/jsonx, text/event-stream"),
        ),
        (
            415,
            -32600,
            message(&sandbox, &ping).without_header("Content-Type").header("Content-Type", "application/jsonx"),
        ),
        (415, -32600, message(&sandbox, &ping).without_header("Content-Type")),
        (400, -32600, message(&sandbox, &ping).header("MCP-Protocol-Version", "1999-01-01")),
        (403, -32600, message(&sandbox, &ping).header("Origin", "https://evil.example")),
        (200, -32601, message(&sandbox, &json!({"jsonrpc": "2.0", "id": 1, "method": "absent"}))),
        (200, -32602, message(&sandbox, &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}))),
    ] {
        assert_eq!(sandbox.send(&request).expect(status).json()["error"]["code"], code);
    }
    for allowed in [
        message(&sandbox, &ping).header("Origin", "http://localhost:3000"),
        message(&sandbox, &ping).without_header("Accept").header("Accept", "text/event-stream;q=0.5, Application/JSON"),
        message(&sandbox, &ping)
            .without_header("Content-Type")
            .header("Content-Type", "Application/JSON; charset=utf-8"),
    ] {
        sandbox.send(&allowed).expect(200);
    }
    for answer in [json!({"result": {}}), json!({"error": {"code": 1, "message": "m"}})] {
        let mut response = json!({"jsonrpc": "2.0", "id": 1});
        response.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        sandbox.send(&message(&sandbox, &response)).expect(202);
    }
}
