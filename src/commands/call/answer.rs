//! What the status of an answer means.

use std::time::SystemTime;

use reqwest::Method;
use reqwest::header::{LOCATION, RETRY_AFTER};

use crate::api::CHECK_THE_ADDRESS;
use crate::api::call::{Answer, RequestPath, without_query};
use crate::api::retry::retry_after;
use crate::api::wire::Slug;
use crate::duration;
use crate::error::Error;
use crate::exit::ErrorCode;

/// What was asked.
pub(super) struct Question {
    pub(super) slug: Slug,
    pub(super) method: Method,
    pub(super) path: RequestPath,
}

impl Question {
    /// Whether it changes nothing (RFC 9110, section 9.2.1).
    pub(super) fn is_read(&self) -> bool {
        self.method.is_safe()
    }

    /// The error that an answer is, by its status alone: its body is the function's.
    pub(super) fn refusal(&self, answer: &Answer) -> Option<Error> {
        let (status, slug) = (answer.status(), &self.slug);
        let new = |code, what: &str| Error::new(code, format!("`{slug}` {what} ({status})"));
        let error = match status {
            200..=299 => return None,
            300..=399 => redirect(answer, slug),
            401 => new(ErrorCode::AuthError, "refused the call").with_hint(format!(
                "ask with `jelou tokens verify {slug}` whether the token is accepted; a new one counts once its deployment is live"
            )),
            403 => new(ErrorCode::Forbidden, "does not allow this call"),
            404 => {
                // A query may hold what is nobody's business.
                let path = self.path.as_str().split('?').next().unwrap_or_default();
                let what = format!("has nothing at `{path}`, or is no function of this gateway");
                new(ErrorCode::NotFound, &what)
                    .with_hint(format!("check the PATH, and the function with `jelou functions info {slug}`; it is known once its first deployment is live"))
            }
            400 | 413 | 422 => new(ErrorCode::ValidationError, "refused the input"),
            411 => new(ErrorCode::ApiError, "wants to know the length of the body beforehand")
                .with_hint("stdin has none; give the body as a file with `-d @FILE`"),
            409 => new(ErrorCode::Conflict, "answered that its state forbids this"),
            429 => new(ErrorCode::RateLimited, "takes no more calls for now").with_hint(later(answer)),
            500..=599 if self.is_read() => new(ErrorCode::TransientError, "failed").with_hint(later(answer)),
            500..=599 => new(ErrorCode::TransientError, "failed")
                .with_hint("what it had done by then is not known, so nothing is sent again")
                .with_retryable(false),
            _ => new(ErrorCode::ApiError, "answered with a status that is no success"),
        };
        let error = error.answered_with(status, answer.request_id());
        Some(match answer.proxy() {
            Some(proxy) => error.with_hint(format!("it may be the answer of {proxy}")),
            None => error,
        })
    }
}

fn redirect(answer: &Answer, slug: &Slug) -> Error {
    let status = answer.status();
    match answer.header(&LOCATION) {
        Some(to) => Error::new(
            ErrorCode::ApiError,
            format!("`{slug}` answered with a redirect to `{}` ({status}); none is followed", without_query(to)),
        )
        .with_hint(CHECK_THE_ADDRESS),
        None => {
            Error::new(ErrorCode::ApiError, format!("`{slug}` answered with a status that is no success ({status})"))
        }
    }
}

fn later(answer: &Answer) -> String {
    let pause = answer.header(&RETRY_AFTER).and_then(|value| retry_after(value, SystemTime::now()));
    pause.map_or_else(|| "try again later".to_owned(), |pause| format!("try again in {}", duration::show(pause)))
}
