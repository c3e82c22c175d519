//! The gateway: which requests may call a function, and a function that answers with what it was
//! sent.
//!
//! Only the header `X-Jelou-Token` counts (docs, Authentication Tokens: “Header only — not query
//! param, not body”, “not `Authorization: Bearer`”). `/__health` and `/openapi.json` never need it.
//! Cron triggers are started at the control plane, so that no header of a request can pretend to be
//! one.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{ALLOW, AUTHORIZATION, COOKIE, HeaderMap, PROXY_AUTHORIZATION};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::http_message::{HttpRequest, HttpResponse};
use super::mcp;
use super::scrub_credentials::without_credentials;
use super::state::{Refusal, State};
use super::violations::TOKEN;
use crate::secret::TOKEN_LENGTH;

/// The largest body, in bytes. The vendor documents no limit; AWS Lambda takes 6 MiB.
pub(super) const MAX_BODY: usize = 6 * 1024 * 1024;
/// The body of a 401 (docs, Authentication).
const UNAUTHORIZED: &str = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;

/// Answers a request to `/fn/SLUG/…`.
pub(super) fn answer(state: &mut State, request: &HttpRequest, now: Timestamp, request_id: &str) -> HttpResponse {
    let (slug, path) = split(&request.path);
    if !state.is_live(slug) {
        return HttpResponse::refusal(&Refusal::not_found("No such function"), request_id);
    }
    if matches!(path, "/__health" | "/openapi.json") {
        return public_page(slug, path, request);
    }
    if !state.admit(slug, single_token(&request.headers), now) {
        return HttpResponse::text(401, "application/json", UNAUTHORIZED);
    }
    let Some(body) = &request.body else {
        let refusal = Refusal::new(413, format!("The body is larger than {MAX_BODY} bytes"));
        return HttpResponse::refusal(&refusal, request_id);
    };
    if path == "/mcp" {
        if !state.has_mcp(slug) {
            return HttpResponse::refusal(&Refusal::not_found("The function has no MCP endpoint"), request_id);
        }
        return mcp::answer(slug, request, body);
    }
    HttpResponse::json(200, &echo(request, path, body))
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

fn public_page(slug: &str, path: &str, request: &HttpRequest) -> HttpResponse {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return HttpResponse::empty(405).with_header(ALLOW, "GET, HEAD");
    }
    if path == "/__health" {
        return HttpResponse::json(200, &json!({"status": "ok", "function": slug}));
    }
    let security = json!({"runtimeToken": {"type": "apiKey", "in": "header", "name": "X-Jelou-Token"}});
    let echo =
        json!({"responses": {"200": {"description": "What was asked."}, "401": {"description": "No valid token."}}});
    HttpResponse::json(
        200,
        &json!({
            "openapi": "3.1.0",
            "info": {"title": slug, "version": "1.0.0"},
            "components": {"securitySchemes": security},
            "security": [{"runtimeToken": []}],
            "paths": {"/": {"get": echo, "post": echo}},
        }),
    )
}

/// What a function returns: its input without the credentials.
fn echo(request: &HttpRequest, path: &str, body: &[u8]) -> Value {
    let mut headers = Map::new();
    for (name, value) in &request.headers {
        let secret = *name == TOKEN || *name == AUTHORIZATION || *name == COOKIE || *name == PROXY_AUTHORIZATION;
        if let (false, Ok(value)) = (secret, value.to_str()) {
            headers.insert(name.to_string(), without_credentials(value).into());
        }
    }
    let text = std::str::from_utf8(body).ok().map(without_credentials);
    let parsed = text.as_ref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())));
    json!({
        "method": request.method,
        "path": without_credentials(path),
        "query": request.query.as_deref().map(without_credentials),
        "headers": headers,
        "body": if body.is_empty() { None } else { parsed },
        "body_base64": if text.is_none() { Some(BASE64_STANDARD.encode(body)) } else { None },
    })
}
