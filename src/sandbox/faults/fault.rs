//! A fault as a value.

use std::time::Duration;

use serde_json::Value;

use super::retry_after::RetryAfter;
use super::script::without_last_slash;
use crate::sandbox::clock::signed;
use crate::sandbox::request_log::Plane;
use crate::sandbox::state::{BuildResult, Lag};

/// A fault, the requests it is for, and how many of them.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) name: String,
    /// As it was written; nothing for one that a test made.
    pub(super) spec: Option<String>,
    /// The scenario that comes with the program and holds it.
    pub(super) scenario: Option<&'static str>,
    pub(super) kind: FaultKind,
    pub(super) plane: Option<Plane>,
    pub(super) method: Option<String>,
    pub(super) path: Option<glob::Pattern>,
    /// How many requests that match still pass before it begins.
    pub(super) passing: u32,
    /// How many requests it is still for; `None` for all.
    pub(super) left: Option<u32>,
    /// How many requests it was used for.
    pub(super) fired: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FaultKind {
    Delay(Delay),
    Intercept(Interception),
    KeyIgnored,
    Redeploy(BuildResult),
    Lag(Lag),
    Alter(Alteration),
}

/// What is waited for before a request is handled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Delay {
    Time(Duration),
    /// That held requests are released.
    Release,
}

/// What is sent in place of the platform's response.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Interception {
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
pub(crate) enum Alteration {
    Reset,
    Truncated,
    Garbled,
    Oversized,
    /// It is sent once held requests are released.
    Held,
    /// This status and an error body in its place.
    Status(u16),
    /// The answer to an earlier request of the same kind in its place.
    Replay,
    /// A JSON merge patch (RFC 7396).
    Patch(Value),
    /// `Retry-After` beside the platform's own answer.
    RetryAfter(RetryAfter),
}

impl Fault {
    fn of(name: &str, kind: FaultKind) -> Self {
        Self {
            name: name.to_owned(),
            spec: None,
            scenario: None,
            kind,
            plane: None,
            method: None,
            path: None,
            passing: 0,
            left: Some(1),
            fired: 0,
        }
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

    /// Answers with `status` and an error body, after the change was applied.
    pub fn status_after(status: u16) -> Self {
        Self::of("status-after", FaultKind::Alter(Alteration::Status(status)))
    }

    /// Does nothing and never answers, until [`Sandbox::release`](crate::sandbox::Sandbox::release);
    /// the request is then handled as usual.
    pub fn hang_before() -> Self {
        Self::of("hang-before", FaultKind::Delay(Delay::Release))
    }

    /// Never answers after the change was applied, until
    /// [`Sandbox::release`](crate::sandbox::Sandbox::release).
    pub fn hang_after() -> Self {
        Self::of("hang-after", FaultKind::Alter(Alteration::Held))
    }

    /// Answers with what the last request of the same method and route was answered, whatever its
    /// function, id and body were, after the change was applied: a cache or a proxy that mixes
    /// answers up. Without such a request the answer is the platform's.
    pub fn replay() -> Self {
        Self::of("replay", FaultKind::Alter(Alteration::Replay))
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
        Self::of("delay", FaultKind::Delay(Delay::Time(time)))
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
        match glob::Pattern::new(without_last_slash(pattern)) {
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

    /// Lets this many requests that match pass first.
    #[must_use]
    pub fn after(mut self, count: u32) -> Self {
        self.passing = count;
        self
    }

    /// For every request that matches.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// It is one of this scenario, of which any pipeline meets some faults and none all.
    pub(in crate::sandbox) fn in_scenario(self, name: &'static str) -> Self {
        Self { scenario: Some(name), ..self }
    }

    /// The name in the request log.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}
