//! The MCP endpoint of a function: streamable HTTP without sessions and without a stream from the
//! server.
//!
//! `POST` carries one JSON-RPC message and is answered with one (MCP specification, “Streamable
//! HTTP”). `GET` would open a stream and `DELETE` would end a session; a server that has neither
//! answers them with 405. There is one tool, `echo`.

use hyper::header::{ACCEPT, ALLOW, HeaderName, ORIGIN};
use serde_json::{Value, json};

use super::http_message::{HttpRequest, HttpResponse, media_type};
use super::violations::is_loopback;

/// The supported versions of the protocol, the newest first.
const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const VERSION_HEADER: HeaderName = HeaderName::from_static("mcp-protocol-version");

// JSON-RPC 2.0, section 5.1.
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;

/// Answers a request to `/mcp` whose token was accepted.
pub(super) fn answer(slug: &str, request: &HttpRequest, body: &[u8]) -> HttpResponse {
    if request.method != "POST" {
        return failure(405, &Value::Null, INVALID_REQUEST, "Only POST is served here").with_header(ALLOW, "POST");
    }
    if let Some(refusal) = refused_by_header(request) {
        return refusal;
    }
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return failure(400, &Value::Null, PARSE_ERROR, "The body is not JSON");
    };
    let invalid = |text| failure(400, &Value::Null, INVALID_REQUEST, text);
    if message.get("jsonrpc") != Some(&json!("2.0")) {
        return invalid("The body is not one JSON-RPC 2.0 message");
    }
    let id = message.get("id").cloned();
    match (message.get("method").map(Value::as_str), id) {
        // A notification.
        (Some(Some(_)), None) => HttpResponse::empty(202),
        // A response to a request that this server never makes.
        (None, Some(_)) if message.get("result").is_some() != message.get("error").is_some() => {
            HttpResponse::empty(202)
        }
        (None, _) => invalid("The message is neither a request nor a response"),
        (Some(None), _) => invalid("`method` is not a string"),
        (Some(Some(method)), Some(id)) if id.is_string() || id.is_number() => {
            let params = message.get("params").unwrap_or(&Value::Null);
            match call(slug, method, params) {
                Ok(result) => HttpResponse::json(200, &json!({"jsonrpc": "2.0", "id": id, "result": result})),
                Err((code, text)) => failure(200, &id, code, &text),
            }
        }
        (Some(Some(_)), Some(_)) => invalid("`id` is neither a string nor a number"),
    }
}

fn refused_by_header(request: &HttpRequest) -> Option<HttpResponse> {
    let refuse = |status, text: &str| Some(failure(status, &Value::Null, INVALID_REQUEST, text));
    // “Servers MUST validate the Origin header”: a page in a browser must not get here by DNS
    // rebinding.
    if let Some(origin) = request.header(&ORIGIN) {
        let host = origin.split_once("://").map(|(_, host)| host);
        if !is_loopback(host) {
            return refuse(403, "The origin is not allowed");
        }
    }
    if !request.is_json() {
        return refuse(415, "The body is not declared as `application/json`");
    }
    let accept = request.header(&ACCEPT).unwrap_or_default();
    let takes = |kind: &str| {
        accept.split(',').any(|range| [kind, "*/*"].iter().any(|taken| media_type(range).eq_ignore_ascii_case(taken)))
    };
    if !takes("application/json") || !takes("text/event-stream") {
        return refuse(406, "`Accept` must list `application/json` and `text/event-stream`");
    }
    match request.header(&VERSION_HEADER) {
        Some(version) if !VERSIONS.contains(&version) => refuse(400, "The protocol version is not supported"),
        _ => None,
    }
}

fn call(slug: &str, method: &str, params: &Value) -> Result<Value, (i32, String)> {
    match method {
        "initialize" => {
            let asked = params.get("protocolVersion").and_then(Value::as_str);
            let version = asked.filter(|version| VERSIONS.contains(version)).unwrap_or(VERSIONS[0]);
            Ok(json!({
                "protocolVersion": version,
                "capabilities": {"tools": {"listChanged": false}},
                "serverInfo": {"name": slug, "version": "1.0.0"},
            }))
        }
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({"tools": [{
            "name": "echo",
            "description": "Returns its arguments.",
            "inputSchema": {"type": "object", "additionalProperties": true},
        }]})),
        "tools/call" => match params.get("name").and_then(Value::as_str) {
            Some("echo") => {
                let arguments = params.get("arguments").cloned().unwrap_or_else(|| json!({}));
                if !arguments.is_object() {
                    return Err((INVALID_PARAMS, "`arguments` is not an object".to_owned()));
                }
                let content = json!([{"type": "text", "text": arguments.to_string()}]);
                Ok(json!({"content": content, "structuredContent": arguments, "isError": false}))
            }
            _ => Err((INVALID_PARAMS, "There is one tool, `echo`".to_owned())),
        },
        _ => Err((METHOD_NOT_FOUND, format!("There is no method `{method}`"))),
    }
}

fn failure(status: u16, id: &Value, code: i32, message: &str) -> HttpResponse {
    HttpResponse::json(status, &json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}))
}
