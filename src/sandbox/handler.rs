//! What a function answers: an echo of its input, or what its seed file says.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::http_message::{HttpRequest, HttpResponse};
use super::scrub_credentials::without_credentials;
use super::state::Refusal;
use super::violations::TOKEN;
use crate::duration;

/// How long a function may take if it does not say so (docs, Configuration: `timeout` 30000 ms).
const USUAL_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest that it may ask for (docs, Limits).
const MAX_TIMEOUT: Duration = Duration::from_secs(120);

/// What a function answers instead of an echo.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "HandlerFile")]
pub(crate) struct Handler {
    status: Option<Status>,
    body: Option<Value>,
    delay: Option<Span>,
    timeout: Option<Span>,
}

/// A handler as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct HandlerFile {
    status: Option<Status>,
    /// Sent as it is if it is a string, else as JSON.
    body: Option<Value>,
    /// How long it takes.
    delay: Option<Span>,
    /// How long it may take.
    timeout: Option<Span>,
}

impl TryFrom<HandlerFile> for Handler {
    type Error = String;

    fn try_from(file: HandlerFile) -> Result<Self, String> {
        let HandlerFile { status, body, delay, timeout } = file;
        if let Some(Span(timeout)) = timeout
            && timeout > MAX_TIMEOUT
        {
            return Err(format!("`timeout` is longer than {}s", MAX_TIMEOUT.as_secs()));
        }
        if let Some(Status(status)) = status
            && without_body(status)
            && body.is_some()
        {
            return Err(format!("a response with the status {status} has no body"));
        }
        Ok(Self { status, body, delay, timeout })
    }
}

/// A status that ends a request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Status(u16);

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl Visitor<'_> for Reading {
            type Value = Status;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a status from 200 to 599")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Status, E> {
                let status = u16::try_from(number).ok().filter(|status| (200..600).contains(status));
                status
                    .map(Status)
                    .ok_or_else(|| E::custom(format!("expected a status from 200 to 599, found `{number}`")))
            }
        }

        deserializer.deserialize_any(Reading)
    }
}

/// A duration as people type it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span(Duration);

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration::show(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl Visitor<'_> for Reading {
            type Value = Span;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a duration such as `250ms`, `2s` or `10m`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
                duration::parse(text).map(Span).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Reading)
    }
}

/// A response, and how long the function takes until it is there.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) response: HttpResponse,
    pub(super) after: Duration,
}

impl From<HttpResponse> for Answered {
    fn from(response: HttpResponse) -> Self {
        Self { response, after: Duration::ZERO }
    }
}

impl Handler {
    /// Answers a call. `echo` is what the function returns if nothing else is said.
    pub(super) fn answer(&self, request_id: &str, echo: impl FnOnce() -> Value) -> Answered {
        let Span(delay) = self.delay.unwrap_or(Span(Duration::ZERO));
        let Span(timeout) = self.timeout.unwrap_or(Span(USUAL_TIMEOUT));
        if delay > timeout {
            let refusal = Refusal::new(504, format!("The function took longer than {}", duration::show(timeout)));
            return Answered { response: HttpResponse::refusal(&refusal, request_id), after: timeout };
        }
        Answered { response: self.response(request_id, echo), after: delay }
    }

    fn response(&self, request_id: &str, echo: impl FnOnce() -> Value) -> HttpResponse {
        let Status(status) = self.status.unwrap_or(Status(200));
        match &self.body {
            Some(Value::String(text)) => HttpResponse::text(status, "text/plain; charset=utf-8", text.clone()),
            Some(body) => HttpResponse::json(status, body),
            None if without_body(status) => HttpResponse::empty(status),
            None if status < 400 => HttpResponse::json(status, &echo()),
            // The body of the docs (Validation).
            None if status == 400 => {
                let detail = json!({"path": ["query"], "message": "Required", "code": "invalid_type"});
                HttpResponse::json(status, &json!({"error": "Validation failed", "details": [detail]}))
            }
            None => HttpResponse::refusal(&Refusal::new(status, "The function answers so"), request_id),
        }
    }
}

/// Statuses whose responses end with their headers (RFC 9110, sections 15.3.5, 15.3.6, 15.4.5).
fn without_body(status: u16) -> bool {
    matches!(status, 204 | 205 | 304)
}

/// The input of a function without the credentials, which it returns by default.
pub(super) fn echo(request: &HttpRequest, path: &str, body: &[u8]) -> Value {
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
