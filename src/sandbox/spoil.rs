//! Answers that faults make or spoil.

use hyper::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::conduct::TRAP;
use super::faults::{Answer, Front};
use super::message::Reply;
use super::state::{Refusal, usual_code};

/// How much the `oversized` fault sends, in bytes.
const OVERSIZED: usize = 10 * 1024 * 1024;

/// How a request ends.
#[derive(Debug)]
pub enum Ending {
    /// With an answer.
    Whole(Reply),
    /// With the first half of an answer.
    Cut(Reply),
    /// With a reset.
    Reset,
}

/// What is answered in place of the platform.
pub fn in_front(front: &Front, request_id: &str, now: Timestamp) -> Ending {
    let reply = match front {
        Front::Reset => return Ending::Reset,
        Front::Html(status) => {
            Reply::text(*status, "text/html; charset=utf-8", "<!doctype html><title>Error</title><h1>Bad gateway</h1>")
        }
        Front::Redirect(to) => Reply::empty(307).with(LOCATION, to.as_deref().unwrap_or(TRAP)),
        Front::Status { status, code, body, retry_after } => {
            let reply = if let Some(body) = body {
                Reply::text(*status, "application/json", body.clone())
            } else {
                let mut body = Refusal::new(*status, "A scripted fault").body(request_id);
                body.code = code.clone().unwrap_or_else(|| usual_code(*status).to_owned());
                Reply::json(*status, &body)
            };
            match retry_after {
                Some(after) => reply.with(RETRY_AFTER, &after.render(now)),
                None => reply,
            }
        }
    };
    Ending::Whole(reply)
}

/// What becomes of an answer on its way.
pub fn spoiled(reply: Reply, fault: Option<&Answer>, now: Timestamp) -> Ending {
    match fault {
        None => Ending::Whole(reply),
        Some(Answer::Reset) => Ending::Reset,
        Some(Answer::Truncated) => Ending::Cut(reply),
        Some(Answer::RetryAfter(after)) => Ending::Whole(reply.with(RETRY_AFTER, &after.render(now))),
        Some(Answer::Garbled) => {
            let mut body = reply.body[..reply.body.len() / 2].to_vec();
            body.extend_from_slice(b"\x00}{]");
            Ending::Whole(Reply { body: body.into(), ..reply })
        }
        Some(Answer::Oversized) => {
            let body = json!({"padding": "x".repeat(OVERSIZED)});
            Ending::Whole(Reply { headers: reply.headers, ..Reply::json(reply.status, &body) })
        }
        Some(Answer::Patch(patch)) => {
            let mut body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
            merge(&mut body, patch);
            let mut headers = reply.headers;
            headers.remove(CONTENT_TYPE);
            let patched = Reply::json(reply.status, &body);
            headers.extend(patched.headers);
            Ending::Whole(Reply { headers, ..Reply::text(patched.status, "application/json", patched.body) })
        }
    }
}

/// RFC 7396.
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
    fn a_patch_sets_removes_and_goes_deeper() {
        let mut body = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": 4});
        merge(&mut body, &json!({"a": null, "b": {"c": 5}, "f": {"g": null, "h": 6}}));
        assert_eq!(body, json!({"b": {"c": 5, "d": 3}, "e": 4, "f": {"h": 6}}));
    }
}
