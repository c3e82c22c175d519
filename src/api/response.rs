//! A response of a server, and what its status means.

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::proxy::Proxy;
use super::question::Answers;
use super::request_error::RequestError;
use super::wire::{ErrorBody, page_of};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::strict_json;

/// The largest body that is read. A page of 1000 tokens has less than 1 MiB, the largest artifact
/// 1.4 MiB.
pub(super) const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;
/// How much of a server's message is kept, in characters: a screen of text.
const MAX_MESSAGE_CHARS: usize = 2000;

/// The code of a request whose key was used for another one.
const KEY_REUSED: &str = "KEY_REUSED";

/// What was asked for, with the header `X-Request-Id` of the response.
#[derive(Debug)]
pub struct Reply<T> {
    pub(crate) value: T,
    pub(crate) request_id: Option<String>,
    /// As [`Response::after_lost_attempt`].
    pub(crate) after_lost_attempt: bool,
    /// As [`Response::is_replay`].
    pub(crate) is_replay: bool,
}

pub(super) type ReplyResult<T> = Result<Reply<T>, RequestError>;

/// A complete response.
#[derive(Debug)]
pub struct Response {
    pub(super) status: u16,
    /// The header `X-Request-Id`.
    pub(super) request_id: Option<String>,
    /// The header `Retry-After`, as a pause from now.
    pub(super) retry_after: Option<Duration>,
    /// May hold a secret, so it is never printed.
    pub(super) body: Bytes,
    /// Whether the body was longer than [`MAX_RESPONSE_BYTES`] and was not read to its end.
    pub(super) too_large: bool,
    /// Whether an earlier attempt of this request may have been applied: its response was lost, or
    /// was a 5xx.
    pub(super) after_lost_attempt: bool,
    /// The header `Idempotent-Replayed`: it is the answer that an earlier request with the same key
    /// got.
    pub(super) is_replay: bool,
    /// Whether the request was a POST.
    pub(super) to_post: bool,
    /// The proxy that this may be the answer of.
    pub(super) proxy: Option<Rc<Proxy>>,
}

impl<T> Reply<T> {
    /// Whether an earlier attempt may have been applied too: this is not the answer that the
    /// platform has kept for it. So a platform that ignores keys may have done the same twice.
    pub(crate) fn may_be_a_second_one(&self) -> bool {
        self.after_lost_attempt && !self.is_replay
    }

    /// The same with another value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        let Self { value, request_id, after_lost_attempt, is_replay } = self;
        Reply { value: change(value), request_id, after_lost_attempt, is_replay }
    }
}

impl Response {
    /// Whether the server says that the same request is still running (409 `IN_PROGRESS`).
    pub(super) fn is_in_progress(&self) -> bool {
        self.status == 409 && self.error_body().code == "IN_PROGRESS"
    }

    /// Whether a DELETE is done although its response has no body to say so: 204, or 404 after an
    /// attempt that may have been applied. After a mere 429 a 404 means that it never existed.
    pub(super) fn is_deleted_without_body(&self) -> bool {
        self.status == 204 || (self.status == 404 && self.after_lost_attempt && self.error_body().is_of_this_api())
    }

    /// Whether the request may have been applied although this is no success. 1xx, 303, 304, 408
    /// (Request Timeout) and 499 (nginx: the client closed the connection) say nothing of that.
    /// A plain 409 to a POST does: it tells the state, which the caller can look at.
    fn may_have_been_applied(&self) -> bool {
        let conflict = self.status == 409;
        let still_running = conflict && (self.retry_after.is_some() || self.is_in_progress());
        matches!(self.status, 100..=199 | 303 | 304 | 408 | 499 | 500..)
            || still_running
            || (self.after_lost_attempt && !(self.to_post && conflict))
    }

    /// The body of an error; empty if it has another form.
    pub(super) fn error_body(&self) -> ErrorBody {
        strict_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body of a success. An error does not repeat it: it may hold a secret.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, RequestError> {
        strict_json::from_slice(self.success()?).map_err(|cause| self.misread(&cause))
    }

    /// The body of a success, as [`Response::parse`], if it answers the question.
    pub(super) fn reply<T: DeserializeOwned>(&self, answers: impl FnOnce(&T) -> Answers) -> ReplyResult<T> {
        let value = self.parse()?;
        answers(&value).map_err(|why| self.unusable(why))?;
        Ok(self.with(value))
    }

    /// A page of a list, as [`Response::reply`]: the items that are selected, borrowed from the body,
    /// and the cursor of the next page. What `wanted` cannot read is an error of the answer.
    pub(super) fn page<'p, T: Deserialize<'p>, U, E: Display>(
        &'p self,
        answers: impl Fn(&T) -> Answers,
        mut wanted: impl FnMut(T) -> Result<Option<U>, E>,
    ) -> Result<(Vec<U>, Option<String>), RequestError> {
        let (mut selected, mut answered) = (Vec::new(), Ok(()));
        let take = |item: T| {
            if answered.is_ok() {
                answered = answers(&item);
            }
            selected.extend(wanted(item)?);
            Ok::<(), E>(())
        };
        let text = std::str::from_utf8(self.success()?);
        let text = text.map_err(|_| self.unusable("The server's answer is not the JSON expected (it is not UTF-8)"))?;
        let cursor = strict_json::from_str(text, page_of(take)).map_err(|cause| self.misread(&cause))?;
        answered.map_err(|why| self.unusable(why))?;
        Ok((selected, cursor))
    }

    fn success(&self) -> Result<&[u8], RequestError> {
        if !(200..300).contains(&self.status) {
            return Err(self.error());
        }
        if self.too_large {
            return Err(self.unusable(format!("The server's answer is larger than {} MiB", MAX_RESPONSE_BYTES >> 20)));
        }
        Ok(&self.body)
    }

    fn misread(&self, cause: &serde_json::Error) -> RequestError {
        let problem = if cause.is_data() { "lacks what was asked for" } else { "is not the JSON expected" };
        let position = format!("line {}, column {}", cause.line(), cause.column());
        self.unusable(format!("The server's answer {problem} ({position})"))
    }

    pub(super) fn with<T>(&self, value: T) -> Reply<T> {
        let (request_id, after_lost_attempt) = (self.request_id.clone(), self.after_lost_attempt);
        Reply { value, request_id, after_lost_attempt, is_replay: self.is_replay }
    }

    /// The error that the status means.
    fn error(&self) -> RequestError {
        if (300..400).contains(&self.status) {
            let message = format!("The server answered with a redirect ({}); none is followed", self.status);
            return RequestError::new(self.not_the_api(message), self.may_have_been_applied(), self.after_lost_attempt);
        }
        let scopes = "`jelou whoami` shows what the credential allows";
        let log_in = "check `JELOU_TOKEN`, or run `jelou login`";
        let (code, fallback, hint) = match self.status {
            401 => (ErrorCode::AuthError, "The credential was refused", Some(log_in)),
            403 => (ErrorCode::Forbidden, "The credential does not allow this", Some(scopes)),
            404 => (ErrorCode::NotFound, "It does not exist", None),
            400 | 413 | 422 => (ErrorCode::ValidationError, "The server refused the input", None),
            409 => (ErrorCode::Conflict, "The server's state forbids it", None),
            429 => (ErrorCode::RateLimited, "Still rate limited after all retries", Some("try again later")),
            500..=599 => (ErrorCode::TransientError, "The server failed", Some("try again later")),
            _ => (ErrorCode::ApiError, "The server answered with an unexpected status", None),
        };
        let body = self.error_body();
        let is_foreign = !body.is_of_this_api();
        let of_proxy = self.proxy.as_ref().filter(|_| is_foreign && body.message.is_empty());
        let message = match body.message.as_str() {
            "" => format!("{fallback} ({})", self.status),
            said => said.chars().take(MAX_MESSAGE_CHARS).collect::<String>().trim_end_matches('.').to_owned(),
        };
        let error = Error::new(code, message)
            .answered_with(self.status, self.request_id.clone().or(body.request_id))
            .with_details(body.details);
        let key_was_used = "another request had this key; choose another `--idempotency-key` for a new one";
        let hint = if body.code == KEY_REUSED { Some(key_was_used) } else { hint };
        let error = hint.into_iter().fold(error, Error::with_hint);
        let error = match of_proxy {
            Some(proxy) => error.with_hint(format!("it may be the answer of {}", proxy.named())),
            None => error,
        };
        RequestError::new(error, self.may_have_been_applied(), self.after_lost_attempt).foreign(is_foreign)
    }

    /// A success whose body cannot be used: it was applied.
    pub(super) fn unusable(&self, message: impl Into<String>) -> RequestError {
        RequestError::new(self.not_the_api(message), true, self.after_lost_attempt)
    }

    fn not_the_api(&self, message: impl Into<String>) -> Error {
        Error::new(ErrorCode::ApiError, message)
            .answered_with(self.status, self.request_id.clone())
            .with_hint("check that `--api-url` names the control plane, not a proxy or a web page")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_the_request_may_have_been_applied() {
        let in_progress = r#"{"code":"IN_PROGRESS"}"#;
        // statuses, body, whether after one attempt, whether after a lost attempt
        let table = [
            (&[101, 303, 304, 408, 499, 500, 503][..], "", true, true),
            (&[302, 400, 404, 422, 429], "", false, true),
            (&[409], "", false, false),
            (&[409], in_progress, true, true),
        ];
        for (statuses, body, alone, after_lost) in table {
            for (&status, after_lost_attempt) in statuses.iter().flat_map(|status| [(status, false), (status, true)]) {
                let error = Response {
                    status,
                    request_id: None,
                    retry_after: None,
                    body: Bytes::from_static(body.as_bytes()),
                    too_large: false,
                    after_lost_attempt,
                    is_replay: false,
                    to_post: true,
                    proxy: None,
                }
                .error();
                let expected = if after_lost_attempt { after_lost } else { alone };
                assert_eq!(error.may_have_been_applied, expected, "{status} {body} {after_lost_attempt}");
                assert_eq!(error.after_lost_attempt, after_lost_attempt);
            }
        }
    }
}
