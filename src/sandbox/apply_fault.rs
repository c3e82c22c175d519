//! What faults do to responses: replace, change, cut or drop them.

use hyper::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::{Alteration, Interception};
use super::http_message::HttpResponse;
use super::state::{Refusal, usual_code};
use super::violations::REDIRECT_TRAP;

/// What the fault `oversized` sends, in bytes: more than a client should read of one answer.
const OVERSIZED: usize = 10 * 1024 * 1024;

/// The response in place of the platform's; `None` if the connection is reset.
pub(super) fn intercept(fault: &Interception, request_id: &str, now: Timestamp) -> Option<HttpResponse> {
    Some(match fault {
        Interception::Reset => return None,
        Interception::Html(status) => HttpResponse::text(
            *status,
            "text/html; charset=utf-8",
            "<!doctype html><title>Error</title><h1>Bad gateway</h1>",
        ),
        Interception::Redirect(to) => {
            HttpResponse::empty(307).with_header(LOCATION, to.as_deref().unwrap_or(REDIRECT_TRAP))
        }
        Interception::Status { status, code, body, retry_after } => {
            let response = if let Some(body) = body {
                HttpResponse::text(*status, "application/json", body.clone())
            } else {
                let mut body = Refusal::new(*status, "A scripted fault").body(request_id);
                body.code = code.clone().unwrap_or_else(|| usual_code(*status).to_owned());
                HttpResponse::json(*status, &body)
            };
            match retry_after {
                Some(after) => response.with_header(RETRY_AFTER, &after.render(now)),
                None => response,
            }
        }
    })
}

/// The platform's response as the fault leaves it; `None` if the connection is reset.
pub(super) fn alter(
    response: HttpResponse,
    fault: &Alteration,
    request_id: &str,
    now: Timestamp,
) -> Option<HttpResponse> {
    Some(match fault {
        Alteration::Reset => return None,
        Alteration::Held | Alteration::Replay => response,
        Alteration::Status(status) => HttpResponse::refusal(&Refusal::new(*status, "A scripted fault"), request_id),
        Alteration::Truncated => HttpResponse { cut: true, ..response },
        Alteration::RetryAfter(after) => response.with_header(RETRY_AFTER, &after.render(now)),
        Alteration::Garbled => {
            let half = &response.body[..response.body.len() / 2];
            HttpResponse { body: [half, b"\x00}{]"].concat().into(), ..response }
        }
        Alteration::Oversized => with_json(response, &json!({"padding": "x".repeat(OVERSIZED)})),
        Alteration::Patch(patch) => {
            let mut body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            merge(&mut body, patch);
            with_json(response, &body)
        }
    })
}

fn with_json(response: HttpResponse, body: &Value) -> HttpResponse {
    HttpResponse { body: body.to_string().into(), ..response.with_header(CONTENT_TYPE, "application/json") }
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Value::Object(fields) = target {
        for (name, change) in changes {
            if change.is_null() {
                fields.shift_remove(name);
            } else {
                merge(fields.entry(name).or_insert(Value::Null), change);
            }
        }
    }
}
