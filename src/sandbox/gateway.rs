//! The gateway: who may call a function, and a function that answers with what it was asked.
//!
//! Only the header `X-Jelou-Token` counts (seed: “Header only — not query param, not body”, “not `Authorization:
//! Bearer`”). `/__health` and `/openapi.json` never need it. Cron triggers come in through the control plane and not as a
//! request, so that there is no header by which a request could pretend to be one.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{ALLOW, AUTHORIZATION, COOKIE, HeaderMap, PROXY_AUTHORIZATION};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::conduct::TOKEN;
use super::mcp;
use super::message::{Inbound, Reply};
use super::scrub::without_credentials;
use super::state::{Passage, Refusal, State};
use crate::secret::TOKEN_LENGTH;

/// The largest body, in bytes.
pub const MAX_BODY: usize = 6 * 1024 * 1024;
/// The whole body of a 401 (seed).
const UNAUTHORIZED: &str = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;

/// Answers a request to `/fn/SLUG/…`.
pub fn answer(state: &mut State, request: &Inbound, now: Timestamp, request_id: &str) -> Reply {
    let (slug, path) = split(&request.path);
    if !state.answers(slug) {
        return Reply::refusal(&Refusal::not_found("No such function"), request_id);
    }
    if matches!(path, "/__health" | "/openapi.json") {
        return public(slug, path, request);
    }
    match state.pass(slug, token(&request.headers), now) {
        Passage::NoFunction => return Reply::refusal(&Refusal::not_found("No such function"), request_id),
        Passage::Refused => return Reply::text(401, "application/json", UNAUTHORIZED),
        Passage::Granted => {}
    }
    let Some(body) = &request.body else {
        return Reply::refusal(&Refusal::new(413, format!("The body is larger than {MAX_BODY} bytes")), request_id);
    };
    if path == "/mcp" {
        return mcp::answer(slug, request, body);
    }
    Reply::json(200, &echo(request, path, body))
}

/// The slug and the path behind it, which is `/` if there is none.
pub fn split(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix("/fn/").unwrap_or(path);
    match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

/// The one token of a request; a header that is there twice or is too long counts as none.
fn token(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(&TOKEN).iter();
    let value = values.next()?.as_bytes();
    (values.next().is_none() && value.len() <= *TOKEN_LENGTH.end()).then_some(value)
}

fn public(slug: &str, path: &str, request: &Inbound) -> Reply {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Reply::empty(405).with(ALLOW, "GET, HEAD");
    }
    if path == "/__health" {
        return Reply::json(200, &json!({"status": "ok", "function": slug}));
    }
    let security = json!({"runtimeToken": {"type": "apiKey", "in": "header", "name": "X-Jelou-Token"}});
    let echo =
        json!({"responses": {"200": {"description": "What was asked."}, "401": {"description": "No valid token."}}});
    Reply::json(
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

/// What a function returns: its input, but for whatever carries a credential.
fn echo(request: &Inbound, path: &str, body: &[u8]) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_behind_the_slug() {
        for (path, expected) in
            [("/fn/a", ("a", "/")), ("/fn/a/", ("a", "/")), ("/fn/a/b/c", ("a", "/b/c")), ("/fn/", ("", "/"))]
        {
            assert_eq!(split(path), expected);
        }
    }
}
