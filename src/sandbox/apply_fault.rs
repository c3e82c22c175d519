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

/// What the connection does with a response.
#[derive(Debug)]
pub(super) enum Ending {
    Whole(HttpResponse),
    /// The first half of the body is sent.
    Cut(HttpResponse),
    /// The connection is reset, and nothing is sent.
    Reset,
}

/// The response in place of the platform's.
pub(super) fn intercept(fault: &Interception, request_id: &str, now: Timestamp) -> Ending {
    let response = match fault {
        Interception::Reset => return Ending::Reset,
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
    };
    Ending::Whole(response)
}

/// Applies a fault to the platform's response.
pub(super) fn alter(response: HttpResponse, fault: Option<&Alteration>, now: Timestamp) -> Ending {
    match fault {
        None => Ending::Whole(response),
        Some(Alteration::Reset) => Ending::Reset,
        Some(Alteration::Truncated) => Ending::Cut(response),
        Some(Alteration::RetryAfter(after)) => Ending::Whole(response.with_header(RETRY_AFTER, &after.render(now))),
        Some(Alteration::Garbled) => {
            let mut body = response.body[..response.body.len() / 2].to_vec();
            body.extend_from_slice(b"\x00}{]");
            Ending::Whole(HttpResponse { body: body.into(), ..response })
        }
        Some(Alteration::Oversized) => {
            let body = json!({"padding": "x".repeat(OVERSIZED)});
            Ending::Whole(HttpResponse { headers: response.headers, ..HttpResponse::json(response.status, &body) })
        }
        Some(Alteration::Patch(patch)) => {
            let mut body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            merge(&mut body, patch);
            let mut headers = response.headers;
            headers.remove(CONTENT_TYPE);
            let patched = HttpResponse::json(response.status, &body);
            headers.extend(patched.headers);
            Ending::Whole(HttpResponse {
                headers,
                ..HttpResponse::text(patched.status, "application/json", patched.body)
            })
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_sets_and_removes_fields_at_any_depth() {
        let mut body = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": 4});
        merge(&mut body, &json!({"a": null, "b": {"c": 5}, "f": {"g": null, "h": 6}}));
        assert_eq!(body, json!({"b": {"c": 5, "d": 3}, "e": 4, "f": {"h": 6}}));
    }
}
