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
    assert_eq!(tools["result"]["tools"][0]["name"], "my-function");
    let called =
        call(&sandbox, "tools/call", &json!({"name": "my-function", "arguments": {"a": 1}})).expect(200).json();
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
        assert_eq!(sandbox.send(&request).expect(405).header("allow"), Some("POST, OPTIONS"));
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
        (400, -32022, message(&sandbox, &ping).header("MCP-Protocol-Version", "1999-01-01")),
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

const META: &str = "io.modelcontextprotocol/";

/// A request of 2026-07-28 as its clients send it.
fn alone(sandbox: &TestSandbox, method: &str, params: &Value) -> Request {
    let mut params = params.clone();
    params["_meta"] = json!({
        format!("{META}protocolVersion"): "2026-07-28",
        format!("{META}clientInfo"): {"name": "t", "version": "1"},
        format!("{META}clientCapabilities"): {},
    });
    let body = json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params});
    message(sandbox, &body).header("MCP-Protocol-Version", "2026-07-28").header("Mcp-Method", method)
}

#[test]
fn since_2026_07_28_every_request_stands_alone() {
    let sandbox = TestSandbox::new();
    let result = |request: &Request| {
        let document = sandbox.send(request).expect(200).json();
        assert_eq!(document["id"], "a");
        assert_eq!(document["result"]["resultType"], "complete");
        assert_eq!(document["result"]["_meta"][format!("{META}serverInfo")]["name"], "my-function");
        document["result"].clone()
    };
    let discovered = result(&alone(&sandbox, "server/discover", &json!({})));
    assert_eq!(discovered["supportedVersions"][0], "2026-07-28");
    let tools = result(&alone(&sandbox, "tools/list", &json!({})));
    assert_eq!(tools["tools"][0]["name"], "my-function");
    for document in [&discovered, &tools] {
        assert_eq!((&document["ttlMs"], &document["cacheScope"]), (&json!(0), &json!("private")));
    }
    let call = alone(&sandbox, "tools/call", &json!({"name": "my-function", "arguments": {"a": 1}}));
    for name in ["my-function", "=?base64?bXktZnVuY3Rpb24=?="] {
        assert_eq!(result(&call.clone().header("Mcp-Name", name))["structuredContent"], json!({"a": 1}));
    }
    // Its clients may still send what earlier versions did.
    let notification = json!({"jsonrpc": "2.0", "method": "notifications/cancelled"});
    let notification = message(&sandbox, &notification).header("MCP-Protocol-Version", "2026-07-28");
    sandbox.send(&notification).expect(202);
}

#[test]
fn a_request_that_stands_alone_must_say_what_it_is() {
    let sandbox = TestSandbox::new();
    let list = || alone(&sandbox, "tools/list", &json!({}));
    let of_version = |version: &str| {
        let params =
            json!({"_meta": {format!("{META}protocolVersion"): version, format!("{META}clientCapabilities"): {}}});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params});
        message(&sandbox, &body).header("Mcp-Method", "tools/list")
    };
    let bare = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let call = |name: &str| alone(&sandbox, "tools/call", &json!({"name": name, "arguments": {}}));
    for (status, code, request) in [
        (400, -32602, message(&sandbox, &bare).header("MCP-Protocol-Version", "2026-07-28")),
        (400, -32020, list().without_header("MCP-Protocol-Version")),
        (400, -32020, list().header("MCP-Protocol-Version", "2026-07-28")),
        (400, -32020, list().without_header("MCP-Protocol-Version").header("MCP-Protocol-Version", "2025-11-25")),
        (400, -32020, list().without_header("Mcp-Method")),
        (400, -32020, list().without_header("Mcp-Method").header("Mcp-Method", "tools/call")),
        (400, -32020, list().without_header("Mcp-Method").header("Mcp-Method", "Tools/List")),
        (400, -32020, call("my-function")),
        (400, -32020, call("my-function").header("Mcp-Name", "other")),
        (400, -32020, call("my-function").header("Mcp-Name", "=?base64?!?=")),
        (400, -32602, call("other").header("Mcp-Name", "other")),
        (400, -32022, of_version("2027-01-01").header("MCP-Protocol-Version", "2027-01-01")),
        (404, -32601, alone(&sandbox, "ping", &json!({}))),
        (404, -32601, alone(&sandbox, "initialize", &json!({}))),
        (404, -32601, alone(&sandbox, "subscriptions/listen", &json!({}))),
    ] {
        let error = sandbox.send(&request).expect(status).json()["error"].clone();
        assert_eq!(error["code"], code, "{error}");
        if code == -32022 {
            assert_eq!(error["data"]["supported"][0], "2026-07-28");
        }
    }
    // The version of another era in `_meta`, with the header that belongs to it, begins no new era.
    sandbox.send(&of_version("2025-11-25").header("MCP-Protocol-Version", "2025-11-25")).expect(200);
}
