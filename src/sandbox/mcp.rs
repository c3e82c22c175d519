//! The MCP endpoint of a function: streamable HTTP without sessions and without a stream from the
//! server.
//!
//! `POST` carries one JSON-RPC message and is answered with one (MCP specification, “Streamable
//! HTTP”). `GET` would open a stream and `DELETE` would end a session; a server that has neither
//! answers them with 405. There is one tool, the function.
//!
//! Two eras of the protocol are served side by side (specification, “Versioning and
//! Compatibility”): until 2025-11-25 a client begins with `initialize`; since 2026-07-28 every
//! request says in its `_meta` which version it speaks, and repeats in headers what it asks.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{ACCEPT, HeaderName, ORIGIN};
use serde_json::{Value, json};

use super::handler::Answered;
use super::http_message::{HttpRequest, HttpResponse, media_type};
use super::state::Served;
use super::violations::is_loopback;

/// What the endpoint takes.
pub(super) const METHODS: &str = "POST, OPTIONS";

/// The version whose requests stand alone.
const STATELESS: &str = "2026-07-28";
/// The versions that begin with `initialize`, the newest first.
const WITH_HANDSHAKE: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

const VERSION_HEADER: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD_HEADER: HeaderName = HeaderName::from_static("mcp-method");
const NAME_HEADER: HeaderName = HeaderName::from_static("mcp-name");

const VERSION_META: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_META: &str = "io.modelcontextprotocol/clientCapabilities";
const SERVER_META: &str = "io.modelcontextprotocol/serverInfo";

// JSON-RPC 2.0, section 5.1.
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;
// MCP specification, “Error Codes”.
const HEADER_MISMATCH: i32 = -32020;
const UNSUPPORTED_VERSION: i32 = -32022;

/// An error of JSON-RPC.
#[derive(Debug)]
struct Failure {
    code: i32,
    message: String,
    data: Option<Value>,
}

impl Failure {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The error of a version that is not served.
    fn unsupported(asked: &str) -> Self {
        let supported: Vec<&str> = std::iter::once(STATELESS).chain(WITH_HANDSHAKE).collect();
        let data = Some(json!({"supported": supported, "requested": asked}));
        Self { data, ..Self::new(UNSUPPORTED_VERSION, "Unsupported protocol version") }
    }

    fn response(&self, status: u16, id: &Value) -> HttpResponse {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        HttpResponse::json(status, &json!({"jsonrpc": "2.0", "id": id, "error": error}))
    }
}

/// A request whose form is right.
struct Call<'m> {
    method: &'m str,
    params: &'m Value,
}

/// Answers a POST to `/mcp` whose token was accepted.
pub(super) fn answer(slug: &str, function: &Served, request: &HttpRequest, body: &[u8], request_id: &str) -> Answered {
    if let Some(refusal) = refused_by_header(request) {
        return refusal.into();
    }
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return Failure::new(PARSE_ERROR, "The body is not JSON").response(400, &Value::Null).into();
    };
    let invalid = |text| Answered::from(Failure::new(INVALID_REQUEST, text).response(400, &Value::Null));
    if message.get("jsonrpc") != Some(&json!("2.0")) {
        return invalid("The body is not one JSON-RPC 2.0 message");
    }
    let asked = request.header(&VERSION_HEADER).filter(|version| !is_served(version));
    let id = message.get("id").cloned();
    match (message.get("method").map(Value::as_str), id) {
        // A notification. Those that a version defines ask for nothing that is kept here.
        (Some(Some(_)), None) => match asked {
            Some(asked) => Failure::unsupported(asked).response(400, &Value::Null),
            None => HttpResponse::empty(202),
        }
        .into(),
        // A response to a request that this server never makes.
        (None, Some(_)) if message.get("result").is_some() != message.get("error").is_some() => {
            HttpResponse::empty(202).into()
        }
        (None, _) => invalid("The message is neither a request nor a response"),
        (Some(None), _) => invalid("`method` is not a string"),
        (Some(Some(method)), Some(id)) if id.is_string() || id.is_number() => {
            let call = Call { method, params: message.get("params").unwrap_or(&Value::Null) };
            let tool = Tool { slug, function, request_id };
            let (result, status): (_, fn(i32) -> u16) = if begins_with_handshake(request, &call) {
                (tool.after_handshake(&call), |_| 200)
            } else {
                (tool.stateless(request, &call), status_of)
            };
            match result {
                Ok(Returned { result, after }) => {
                    let body = json!({"jsonrpc": "2.0", "id": id, "result": result});
                    Answered { response: HttpResponse::json(200, &body), after }
                }
                Err(failure) => failure.response(status(failure.code), &id).into(),
            }
        }
        (Some(Some(_)), Some(_)) => invalid("`id` is neither a string nor a number"),
    }
}

/// The status of an error since 2026-07-28.
fn status_of(code: i32) -> u16 {
    if code == METHOD_NOT_FOUND { 404 } else { 400 }
}

fn is_served(version: &str) -> bool {
    version == STATELESS || WITH_HANDSHAKE.contains(&version)
}

/// Whether a request is of a version that begins with `initialize`: neither its header nor its
/// `_meta` says otherwise.
fn begins_with_handshake(request: &HttpRequest, call: &Call) -> bool {
    let old = |version: &str| WITH_HANDSHAKE.contains(&version);
    let header = request.headers.contains_key(VERSION_HEADER).then(|| request.header(&VERSION_HEADER).unwrap_or(""));
    let meta = call.params.get("_meta").and_then(|meta| meta.get(VERSION_META));
    header.is_none_or(old) && meta.is_none_or(|version| version.as_str().is_some_and(old))
}

fn refused_by_header(request: &HttpRequest) -> Option<HttpResponse> {
    let refuse = |status, text: &str| Some(Failure::new(INVALID_REQUEST, text).response(status, &Value::Null));
    // “Servers MUST validate the Origin header”: a page in a browser must not get here by DNS
    // rebinding.
    if request.headers.contains_key(ORIGIN) {
        let host = request.header(&ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
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
    None
}

/// A function as its MCP endpoint shows it.
struct Tool<'a> {
    slug: &'a str,
    function: &'a Served<'a>,
    request_id: &'a str,
}

/// What a method returns, and how long that takes.
struct Returned {
    result: Value,
    after: Duration,
}

impl From<Value> for Returned {
    fn from(result: Value) -> Self {
        Self { result, after: Duration::ZERO }
    }
}

impl Tool<'_> {
    /// Answers a request of a version that begins with `initialize`.
    fn after_handshake(&self, call: &Call) -> Result<Returned, Failure> {
        match call.method {
            "initialize" => {
                let asked = call.params.get("protocolVersion").and_then(Value::as_str);
                let version = asked.filter(|version| WITH_HANDSHAKE.contains(version)).unwrap_or(WITH_HANDSHAKE[0]);
                let result = json!({
                    "protocolVersion": version,
                    "capabilities": capabilities(),
                    "serverInfo": self.server(),
                });
                Ok(result.into())
            }
            "ping" => Ok(json!({}).into()),
            "tools/list" => Ok(json!({"tools": [self.description()]}).into()),
            "tools/call" => self.call(call.params),
            method => Err(no_method(method)),
        }
    }

    /// Answers a request that stands alone.
    fn stateless(&self, request: &HttpRequest, call: &Call) -> Result<Returned, Failure> {
        check_metadata(request, call)?;
        let mut returned = match call.method {
            "server/discover" => {
                let supported: Vec<&str> = std::iter::once(STATELESS).chain(WITH_HANDSHAKE).collect();
                cacheable(json!({"supportedVersions": supported, "capabilities": capabilities()})).into()
            }
            "tools/list" => cacheable(json!({"tools": [self.description()]})).into(),
            "tools/call" => self.call(call.params)?,
            method => return Err(no_method(method)),
        };
        returned.result["resultType"] = json!("complete");
        returned.result["_meta"] = json!({SERVER_META: self.server()});
        Ok(returned)
    }

    fn server(&self) -> Value {
        json!({"name": self.slug, "version": "1.0.0"})
    }

    fn description(&self) -> Value {
        json!({
            "name": self.slug,
            "description": self.function.description,
            "inputSchema": {"type": "object", "additionalProperties": true},
        })
    }

    /// Calls the function with its arguments. What it refuses is a result that says so, for the model
    /// to read (specification, “Tools”, “Error Handling”).
    fn call(&self, params: &Value) -> Result<Returned, Failure> {
        if params.get("name").and_then(Value::as_str) != Some(self.slug) {
            return Err(Failure::new(INVALID_PARAMS, format!("There is one tool, `{}`", self.slug)));
        }
        let arguments = params.get("arguments").cloned().unwrap_or_else(|| json!({}));
        if !arguments.is_object() {
            return Err(Failure::new(INVALID_PARAMS, "`arguments` is not an object"));
        }
        let Answered { response, after } = self.function.opening.handler.answer(self.request_id, || arguments);
        let text = String::from_utf8_lossy(&response.body);
        let mut result =
            json!({"content": [{"type": "text", "text": text}], "isError": !(200..400).contains(&response.status)});
        if let Ok(Value::Object(fields)) = serde_json::from_slice(&response.body) {
            result["structuredContent"] = Value::Object(fields);
        }
        Ok(Returned { result, after })
    }
}

fn capabilities() -> Value {
    json!({"tools": {"listChanged": false}})
}

/// A result that must not be kept: the next redeploy may change it.
fn cacheable(mut result: Value) -> Value {
    result["ttlMs"] = json!(0);
    result["cacheScope"] = json!("private");
    result
}

fn no_method(method: &str) -> Failure {
    Failure::new(METHOD_NOT_FOUND, format!("There is no method `{method}`"))
}

/// Refuses a request that stands alone and does not say what it must, or says in its headers
/// something else than in its body (specification, “Server Validation”).
fn check_metadata(request: &HttpRequest, call: &Call) -> Result<(), Failure> {
    let meta = |key: &str| call.params.get("_meta").and_then(|meta| meta.get(key));
    let version = meta(VERSION_META).and_then(Value::as_str);
    // A client of an unknown version may know nothing of `_meta`.
    if let Some(asked) = request.header(&VERSION_HEADER)
        && !is_served(asked)
        && version.is_none_or(|version| version == asked)
    {
        return Err(Failure::unsupported(asked));
    }
    let (Some(version), Some(Value::Object(_))) = (version, meta(CAPABILITIES_META)) else {
        let message = format!("`params._meta` needs `{VERSION_META}`, a string, and `{CAPABILITIES_META}`, an object");
        return Err(Failure::new(INVALID_PARAMS, message));
    };
    let mismatch = |name: &str| Err(Failure::new(HEADER_MISMATCH, format!("`{name}` does not say what the body says")));
    if request.header(&VERSION_HEADER) != Some(version) {
        return mismatch("MCP-Protocol-Version");
    }
    if request.header(&METHOD_HEADER) != Some(call.method) {
        return mismatch("Mcp-Method");
    }
    let named = match call.method {
        "tools/call" | "prompts/get" => call.params.get("name"),
        "resources/read" => call.params.get("uri"),
        _ => None,
    };
    if let Some(name) = named
        && request.header(&NAME_HEADER).and_then(decoded).as_deref() != name.as_str()
    {
        return mismatch("Mcp-Name");
    }
    if version == STATELESS { Ok(()) } else { Err(Failure::unsupported(version)) }
}

/// The value of `Mcp-Name`, which is in base64 where a header could not hold it (specification,
/// “Value Encoding”).
fn decoded(header: &str) -> Option<Cow<'_, str>> {
    match header.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        None => Some(Cow::Borrowed(header)),
        Some(encoded) => String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok().map(Cow::Owned),
    }
}
