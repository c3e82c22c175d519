//! An answer of the control plane, and what its status means.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::transport::MAX_ANSWER_BYTES;
use super::wire::ErrorBody;
use crate::error::Error;
use crate::exit::ErrorCode;

/// How much of a server's message is kept, in characters.
const LONGEST_MESSAGE: usize = 2000;

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The server's id of the request.
    pub request_id: Option<String>,
    /// The server's clock.
    pub date: Option<SystemTime>,
    /// How long the server asks to wait, from now.
    pub retry_after: Option<Duration>,
    /// Its body; may hold a secret, so it is never printed.
    pub body: Bytes,
    /// Whether the body was longer than what is read.
    pub too_large: bool,
    /// How often the request was sent again before this answer came.
    pub resent: u32,
    /// Whether an earlier try may have been applied: its answer was lost, or a 5xx.
    pub applied_before: bool,
    /// Whether it answers a POST.
    pub of_post: bool,
}

impl Answer {
    /// Notes how often the request was sent again, and whether one of those tries may have been applied.
    #[must_use]
    pub fn resent(mut self, times: u32, applied_before: bool) -> Self {
        self.resent = times;
        self.applied_before = applied_before;
        self
    }

    /// Whether the server says that the same request is still running.
    pub fn is_in_progress(&self) -> bool {
        self.status == 409 && self.error_body().code == "IN_PROGRESS"
    }

    /// Whether what was asked may have been done although this answer says otherwise. A plain 409 to a POST is the
    /// server's word on the state of things, and its caller looks at that.
    fn leaves_open(&self) -> bool {
        let still_running = self.status == 409 && self.retry_after.is_some();
        self.status >= 500
            || still_running
            || self.is_in_progress()
            || (self.applied_before && !(self.of_post && self.status == 409))
    }

    /// The body of an error, empty where it is not one.
    pub fn error_body(&self) -> ErrorBody {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body of a success.
    ///
    /// # Errors
    /// What the status means, or `API_ERROR` if the body is not what was asked for. Its text is not repeated: it may hold
    /// a secret.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !(200..300).contains(&self.status) {
            return Err(self.error());
        }
        if self.too_large {
            return Err(self.nonsense(format!("The server's answer is larger than {} MiB", MAX_ANSWER_BYTES >> 20)));
        }
        serde_json::from_slice(&self.body).map_err(|cause| {
            let at = if cause.is_data() { "lacks what was asked for" } else { "is not the JSON expected" };
            let place = format!("line {}, column {}", cause.line(), cause.column());
            self.nonsense(format!("The server's answer {at} ({place})"))
        })
    }

    /// The error that the status means.
    pub fn error(&self) -> Error {
        let body = self.error_body();
        let (code, fallback, hint) = match self.status {
            300..=399 => {
                return self
                    .nonsense(format!("The server answered with a redirect ({}); none is followed", self.status))
                    .outcome_unknown(self.status == 303);
            }
            401 => {
                (ErrorCode::AuthError, "The credential was refused", Some("check `JELOU_TOKEN`, or run `jelou login`"))
            }
            403 => (ErrorCode::Forbidden, "The credential does not allow this", None),
            404 => (ErrorCode::NotFound, "It does not exist", None),
            400 | 413 | 422 => (ErrorCode::ValidationError, "The server refused the input", None),
            409 => (ErrorCode::Conflict, "The server's state forbids it", None),
            429 => (ErrorCode::RateLimited, "Still rate limited after all retries", Some("try again later")),
            500..=599 => (ErrorCode::TransientError, "The server failed", Some("try again later")),
            _ => (ErrorCode::ApiError, "The server gave an answer that makes no sense", None),
        };
        let message = match body.message.as_str() {
            "" => format!("{fallback} ({})", self.status),
            said => said.chars().take(LONGEST_MESSAGE).collect::<String>().trim_end_matches('.').to_owned(),
        };
        let mut error = Error::new(code, message)
            .with_http_status(self.status)
            .with_request_id(self.request_id.clone().or(body.request_id))
            .outcome_unknown(self.leaves_open())
            .after_a_lost_try(self.applied_before);
        if let Some(hint) = hint {
            error = error.with_hint(hint);
        }
        match body.details {
            Some(details) => error.with_details(details),
            None => error,
        }
    }

    fn nonsense(&self, message: String) -> Error {
        Error::new(ErrorCode::ApiError, message)
            .with_http_status(self.status)
            .with_request_id(self.request_id.clone())
            .outcome_unknown(true)
            .with_hint("check that `--api-url` names the control plane, not a proxy or a web page")
    }
}
