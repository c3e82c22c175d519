//! Scripted faults: what goes wrong, for which requests, how often.
//!
//! A script is a list. In each *stage* of a request, the first fault applies that matches and is
//! not used up. So `status=503 x2` before `status=429` means 503 twice and then 429, and a delay
//! can be combined with a lost answer. The stages, in this order:
//!
//! 1. the delay;
//! 2. in front of the platform, which never sees the request: a status, HTML, a redirect, a reset;
//! 3. inside: the idempotency key ignored, a redeploy that fails or hangs, a gateway that lags
//!    behind;
//! 4. the answer, after the change is applied: patched, with `Retry-After`, lost, truncated,
//!    garbled, oversized.
//!
//! A fault of the third stage is used up only by a request that it concerns. A request that is
//! refused or replayed starts no redeploy, and uses up no fault of one.

mod retry_after;
mod script;
mod spec;

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

pub use retry_after::RetryAfter;
pub(super) use script::{Applied, Planned, RequestLine, Script};

use super::clock::signed;
use super::request_log::Plane;
use super::state::{BuildResult, Lag};
use crate::error::Error;

/// A fault, the requests it is for, and how many of them.
#[derive(Clone, Debug)]
pub struct Fault {
    name: String,
    kind: FaultKind,
    plane: Option<Plane>,
    method: Option<String>,
    path: Option<glob::Pattern>,
    /// How many requests it is still for; `None` for all.
    left: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum FaultKind {
    Delay(Duration),
    Intercept(Interception),
    KeyIgnored,
    Redeploy(BuildResult),
    Lag(Lag),
    Alter(Alteration),
}

/// What is sent in place of the platform's response.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Interception {
    Reset,
    Status {
        status: u16,
        code: Option<String>,
        body: Option<String>,
        retry_after: Option<RetryAfter>,
    },
    Html(u16),
    /// To this address, or to a path of the sandbox where every request is a violation.
    Redirect(Option<String>),
}

/// What happens to the platform's response.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Alteration {
    Reset,
    Truncated,
    Garbled,
    Oversized,
    /// A JSON merge patch (RFC 7396).
    Patch(Value),
    /// `Retry-After` beside the platform's own answer.
    RetryAfter(RetryAfter),
}

impl Fault {
    fn of(name: &str, kind: FaultKind) -> Self {
        Self { name: name.to_owned(), kind, plane: None, method: None, path: None, left: Some(1) }
    }

    /// Reads a fault as it is written for `--fault`.
    ///
    /// ```text
    /// KIND[=VALUE] [OPTION=VALUE]… [control|gateway] [METHOD] [/PATH] [xN|x*]
    ///
    /// status=503 POST /v1/functions/*/tokens x2
    /// status=429 retry-after=imf+2s
    /// delay=2s GET
    /// reset-after POST /v1/functions/*/tokens
    /// lag=5 x*
    /// retry-after=2 GET /v1/functions/*/deployments/* x*
    /// patch='{"status":"paused"}' GET /v1/functions/*/tokens/*
    /// ```
    ///
    /// Words are split as a shell would. In a path `*` stands for one segment and `**` for any
    /// number. It is for one request unless `xN` says how many; `x*` is for all.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the wrong word.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        spec::parse(spec)
    }

    /// Answers with `status` and an error body.
    pub fn status(status: u16) -> Self {
        Self::of(
            "status",
            FaultKind::Intercept(Interception::Status { status, code: None, body: None, retry_after: None }),
        )
    }

    /// Answers with `status` and exactly `body`, as JSON.
    pub fn answer(status: u16, body: impl Into<String>) -> Self {
        let body = Some(body.into());
        Self::of("answer", FaultKind::Intercept(Interception::Status { status, code: None, body, retry_after: None }))
    }

    /// Answers with an HTML page.
    pub fn html(status: u16) -> Self {
        Self::of("html", FaultKind::Intercept(Interception::Html(status)))
    }

    /// Redirects to a path of the sandbox where every request is a violation.
    pub fn redirect() -> Self {
        Self::of("redirect", FaultKind::Intercept(Interception::Redirect(None)))
    }

    /// Redirects to `address`.
    pub fn redirect_to(address: impl Into<String>) -> Self {
        Self::of("redirect", FaultKind::Intercept(Interception::Redirect(Some(address.into()))))
    }

    /// Resets the connection before anything is changed.
    pub fn reset_before() -> Self {
        Self::of("reset-before", FaultKind::Intercept(Interception::Reset))
    }

    /// Resets the connection after the change was applied: the answer is lost.
    pub fn reset_after() -> Self {
        Self::of("reset-after", FaultKind::Alter(Alteration::Reset))
    }

    /// Announces more of the body than it sends, after the change was applied.
    pub fn truncated() -> Self {
        Self::of("truncated", FaultKind::Alter(Alteration::Truncated))
    }

    /// Sends a body that is not JSON, after the change was applied.
    pub fn garbled() -> Self {
        Self::of("garbled", FaultKind::Alter(Alteration::Garbled))
    }

    /// Sends 10 MB, after the change was applied.
    pub fn oversized() -> Self {
        Self::of("oversized", FaultKind::Alter(Alteration::Oversized))
    }

    /// Changes the answer by a JSON merge patch (RFC 7396), after the change was applied.
    pub fn patch(patch: Value) -> Self {
        Self::of("patch", FaultKind::Alter(Alteration::Patch(patch)))
    }

    /// Waits before the request is handled; it is handled even if the client has gone by then.
    pub fn delay(time: Duration) -> Self {
        Self::of("delay", FaultKind::Delay(time))
    }

    /// The redeploy that the request starts fails.
    pub fn redeploy_fails() -> Self {
        Self::of("redeploy-fails", FaultKind::Redeploy(BuildResult::Fails))
    }

    /// The redeploy that the request starts builds until the next change supersedes it.
    pub fn redeploy_hangs() -> Self {
        Self::of("redeploy-hangs", FaultKind::Redeploy(BuildResult::Hangs))
    }

    /// Once the redeploy that the request starts is live, the gateway ignores it for `requests`
    /// more requests.
    pub fn lag(requests: u32) -> Self {
        Self::of("lag", FaultKind::Lag(Lag::Requests(requests)))
    }

    /// Once the redeploy that the request starts is live, the gateway ignores it for this time.
    pub fn lag_for(time: Duration) -> Self {
        Self::of("lag", FaultKind::Lag(Lag::Time(signed(time))))
    }

    /// The platform ignores the idempotency key.
    pub fn key_ignored() -> Self {
        Self::of("key-ignored", FaultKind::KeyIgnored)
    }

    /// Adds `Retry-After` to the platform's own answer, for a client that polls.
    pub fn add_retry_after(value: RetryAfter) -> Self {
        Self::of("retry-after", FaultKind::Alter(Alteration::RetryAfter(value)))
    }

    /// Adds `Retry-After` to a [`Fault::status`].
    #[must_use]
    pub fn retry_after(mut self, value: RetryAfter) -> Self {
        if let FaultKind::Intercept(Interception::Status { retry_after, .. }) = &mut self.kind {
            *retry_after = Some(value);
        }
        self
    }

    /// Replaces the code in the body of a [`Fault::status`].
    #[must_use]
    pub fn code(mut self, value: impl Into<String>) -> Self {
        if let FaultKind::Intercept(Interception::Status { code, .. }) = &mut self.kind {
            *code = Some(value.into());
        }
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only requests whose path matches: `*` stands for one segment, `**` for any number.
    ///
    /// # Panics
    /// If `pattern` is not valid; [`Fault::parse`] is for patterns that are not constants.
    #[must_use]
    pub fn path(mut self, pattern: &str) -> Self {
        match glob::Pattern::new(pattern) {
            Ok(pattern) => self.path = Some(pattern),
            Err(error) => panic!("{pattern}: {error}"),
        }
        self
    }

    /// Only requests to this plane.
    #[must_use]
    pub fn on(mut self, plane: Plane) -> Self {
        self.plane = Some(plane);
        self
    }

    /// For the next `count` requests that match.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    /// For every request that matches.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// The name in the request log.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// A duration as jiff reads it: `2s`, `10m`, `1m 30s`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let duration: SignedDuration = text.parse().ok()?;
    Duration::try_from(duration).ok()
}
