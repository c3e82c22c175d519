//! The gateway: which requests may call a function, and a function that answers with what it was
//! sent.
//!
//! Only the header `X-Jelou-Token` counts (docs, Authentication Tokens: “Header only — not query
//! param, not body”, “not `Authorization: Bearer`”). `/__health` and `/openapi.json` never need it,
//! and a preflight has none. Cron triggers are started at the control plane, so that no header of a
//! request can pretend to be one.

use hyper::header::{ALLOW, HeaderMap};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::cross_origin::{preflight, readable_by_any};
use super::handler::{Answered, echo};
use super::http_message::{HttpRequest, HttpResponse};
use super::mcp;
use super::state::{Refusal, Served, State};
use super::violations::TOKEN;
use crate::secret::TOKEN_LENGTH;

/// The largest body, in bytes. The vendor documents no limit; AWS Lambda takes 6 MiB.
pub(super) const MAX_BODY: usize = 6 * 1024 * 1024;
/// The body of a 401 (docs, Authentication).
const UNAUTHORIZED: &str = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;
/// What a function takes (docs, Configuration: `methods`), with what HTTP adds.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/// What a public page takes.
const READING: &str = "GET, HEAD, OPTIONS";

/// Answers a request to `/fn/SLUG/…`.
pub(super) fn answer(state: &mut State, request: &HttpRequest, now: Timestamp, request_id: &str) -> Answered {
    let Answered { response, after } = answer_function(state, request, now, request_id);
    Answered { response: readable_by_any(response), after }
}

fn answer_function(state: &mut State, request: &HttpRequest, now: Timestamp, request_id: &str) -> Answered {
    let refuse = |refusal: &Refusal| Answered::from(HttpResponse::refusal(refusal, request_id));
    let (slug, path) = split(&request.path);
    let Some(function) = state.served(slug) else {
        return refuse(&Refusal::not_found("No such function"));
    };
    let methods = match path {
        "/__health" | "/openapi.json" => READING,
        "/mcp" => mcp::METHODS,
        _ => METHODS,
    };
    if request.method == "OPTIONS" {
        return preflight(methods).into();
    }
    let is_served = methods.split(", ").any(|method| method == request.method);
    let not_allowed = || {
        let refusal = Refusal::new(405, format!("`{path}` takes {methods}"));
        Answered::from(HttpResponse::refusal(&refusal, request_id).with_header(ALLOW, methods))
    };
    match path {
        "/__health" | "/openapi.json" if !is_served => return not_allowed(),
        "/__health" => return HttpResponse::json(200, &health(slug, &function)).into(),
        "/openapi.json" => return HttpResponse::json(200, &description(slug, &function)).into(),
        _ => {}
    }
    if !state.admit(slug, single_token(&request.headers), now) {
        return HttpResponse::text(401, "application/json", UNAUTHORIZED).into();
    }
    let Some(function) = state.served(slug) else {
        return refuse(&Refusal::not_found("No such function"));
    };
    if path == "/mcp" && function.opening.without_mcp {
        return refuse(&Refusal::not_found("The function has no MCP endpoint"));
    }
    if !is_served {
        return not_allowed();
    }
    let Some(body) = &request.body else {
        return refuse(&Refusal::new(413, format!("The body is larger than {MAX_BODY} bytes")));
    };
    if path == "/mcp" {
        return mcp::answer(slug, &function, request, body, request_id);
    }
    function.opening.handler.answer(request_id, || echo(request, path, body))
}

/// The slug and the path behind it, `/` if there is none.
fn split(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix("/fn/").unwrap_or(path);
    match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

/// The token of a request; `None` also if the header occurs twice or is too long.
fn single_token(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(&TOKEN).iter();
    let value = values.next()?.as_bytes();
    (values.next().is_none() && value.len() <= *TOKEN_LENGTH.end()).then_some(value)
}

/// `/__health` (docs, Brain Studio). A function of the sandbox is one tool, as `define()` makes it.
fn health(slug: &str, function: &Served) -> Value {
    json!({"status": "ok", "mode": "define", "tool": {"name": slug, "description": function.description}})
}

/// `/openapi.json` (docs, `OpenAPI`).
fn description(slug: &str, function: &Served) -> Value {
    let security = if function.opening.public { json!([]) } else { json!([{"jelouToken": []}]) };
    let mut operations = Map::new();
    for method in ["get", "post", "put", "patch", "delete"] {
        let mut responses = json!({"200": {"description": "What the function returns"}});
        if !function.opening.public {
            responses["401"] = json!({"description": "`X-Jelou-Token` is missing or invalid"});
        }
        let mut operation = json!({
            "operationId": format!("{slug}-{method}"),
            "summary": function.description,
            "security": security,
            "responses": responses,
        });
        if method != "get" {
            let schema = json!({"type": "object", "additionalProperties": true});
            operation["requestBody"] = json!({"content": {"application/json": {"schema": schema}}});
        }
        operations.insert(method.to_owned(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": slug, "version": "1.0.0"},
        "servers": [{"url": function.url}],
        "components": {
            "securitySchemes": {"jelouToken": {"type": "apiKey", "in": "header", "name": "X-Jelou-Token"}},
        },
        "paths": {"/": operations},
    })
}
