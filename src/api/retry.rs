//! When a request is sent again: a pure function of the request and of what came back.
//!
//! - 429 and 503 ask for another attempt: always, if the request may be repeated at all.
//! - After any other 5xx and a lost connection nobody knows whether something was done. GET, PUT,
//!   PATCH and DELETE are idempotent (RFC 9110, section 9.2.2), and so is a POST that carries its
//!   idempotency key.
//! - 409 with `Retry-After` or the code `IN_PROGRESS`: the same request still runs, so it is sent
//!   again with the same key.
//! - A POST without a key is never sent again.
//!
//! The pause is what `Retry-After` says, else exponential with full jitter. A pause that would pass
//! the budget ends the retries at once: failing now is better than failing after it.

use std::time::{Duration, SystemTime};

use super::routes::Method;

/// How often and for how long a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) max_retries: u32,
    /// The longest first pause; each further one may be twice as long.
    pub(super) base: Duration,
    /// The longest pause that the server did not ask for.
    pub(super) cap: Duration,
    /// The time from the first attempt after which no further one begins.
    pub(super) budget: Duration,
}

impl Policy {
    /// Three retries (the default) pause for at most 0.2 + 0.4 + 0.8 s. A server may ask for
    /// longer, but the caller, often a CI job, learns of a failure within a minute.
    pub(crate) const fn with_retries(max_retries: u32) -> Self {
        Self {
            max_retries,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            budget: Duration::from_secs(60),
        }
    }
}

/// What decides whether a request may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestKind {
    pub(super) method: Method,
    /// Whether it carries an idempotency key.
    pub(super) has_key: bool,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttemptResult {
    /// A complete response.
    Response {
        status: u16,
        /// The header `Retry-After`, as a pause from now.
        retry_after: Option<Duration>,
        /// Whether its error code is `IN_PROGRESS`.
        in_progress: bool,
    },
    /// No complete response.
    Lost {
        /// Whether the server may have seen the request.
        sent: bool,
    },
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Stop,
    /// Pause, then send the same request again.
    Retry(Duration),
}

/// Decides after an attempt. `retries` counts those already made, `spent` is the time since the
/// first attempt, `jitter` is in `0.0..1.0`.
pub(super) fn decide(
    policy: &Policy,
    kind: RequestKind,
    result: AttemptResult,
    retries: u32,
    spent: Duration,
    jitter: f64,
) -> Decision {
    if retries >= policy.max_retries || !is_worth_repeating(kind, result) {
        return Decision::Stop;
    }
    let requested = match result {
        AttemptResult::Response { retry_after, .. } => retry_after,
        AttemptResult::Lost { .. } => None,
    };
    let pause = requested.unwrap_or_else(|| backoff(policy, retries, jitter));
    if spent.saturating_add(pause) > policy.budget { Decision::Stop } else { Decision::Retry(pause) }
}

fn is_worth_repeating(kind: RequestKind, result: AttemptResult) -> bool {
    let repeatable = kind.method != Method::Post || kind.has_key;
    match result {
        AttemptResult::Lost { sent } => repeatable || !sent,
        AttemptResult::Response { status: 429 | 500..=599, .. } => repeatable,
        AttemptResult::Response { status: 409, retry_after, in_progress } => {
            repeatable && (in_progress || retry_after.is_some())
        }
        AttemptResult::Response { .. } => false,
    }
}

/// Full jitter (AWS architecture blog, “Exponential Backoff And Jitter”): a random part of the
/// base, doubled with each retry.
fn backoff(policy: &Policy, retries: u32, jitter: f64) -> Duration {
    let ceiling = policy.base.saturating_mul(2_u32.saturating_pow(retries)).min(policy.cap);
    ceiling.mul_f64(jitter.clamp(0.0, 1.0))
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or one of the three date forms, counted
/// from `now`, which should be the server's own `Date`. A date that has passed is no pause; what
/// cannot be read is ignored.
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        max_retries: 3,
        base: Duration::from_millis(200),
        cap: Duration::from_secs(10),
        budget: Duration::from_secs(60),
    };

    fn answered(status: u16) -> AttemptResult {
        AttemptResult::Response { status, retry_after: None, in_progress: false }
    }

    fn again(method: Method, has_key: bool, result: AttemptResult) -> bool {
        decide(&POLICY, RequestKind { method, has_key }, result, 0, Duration::ZERO, 0.5) != Decision::Stop
    }

    #[test]
    fn repeats_by_method_and_result() {
        let lost = AttemptResult::Lost { sent: true };
        let unsent = AttemptResult::Lost { sent: false };
        let in_progress = AttemptResult::Response { status: 409, retry_after: None, in_progress: true };
        let conflict_later =
            AttemptResult::Response { status: 409, retry_after: Some(Duration::ZERO), in_progress: false };
        // result, idempotent method, POST with its key, POST without
        let table = [
            (answered(200), false, false, false),
            (answered(302), false, false, false),
            (answered(400), false, false, false),
            (answered(401), false, false, false),
            (answered(404), false, false, false),
            (answered(409), false, false, false),
            (in_progress, true, true, false),
            (conflict_later, true, true, false),
            (answered(422), false, false, false),
            (answered(429), true, true, false),
            (answered(500), true, true, false),
            (answered(502), true, true, false),
            (answered(503), true, true, false),
            (answered(504), true, true, false),
            (lost, true, true, false),
            (unsent, true, true, true),
        ];
        for (result, idempotent, keyed_post, bare_post) in table {
            for method in [Method::Get, Method::Put, Method::Patch, Method::Delete] {
                assert_eq!(again(method, false, result), idempotent, "{method:?} {result:?}");
            }
            assert_eq!(again(Method::Post, true, result), keyed_post, "keyed POST {result:?}");
            assert_eq!(again(Method::Post, false, result), bare_post, "bare POST {result:?}");
        }
    }

    #[test]
    fn pauses_as_the_server_says_or_with_full_jitter() {
        let kind = RequestKind { method: Method::Get, has_key: false };
        let told =
            AttemptResult::Response { status: 429, retry_after: Some(Duration::from_secs(7)), in_progress: false };
        assert_eq!(decide(&POLICY, kind, told, 0, Duration::ZERO, 0.9), Decision::Retry(Duration::from_secs(7)));
        for (retries, jitter, ms) in [(0, 0.0, 0), (0, 1.0, 200), (1, 1.0, 400), (2, 0.5, 400), (2, 1.0, 800)] {
            let expected = Decision::Retry(Duration::from_millis(ms));
            assert_eq!(decide(&POLICY, kind, answered(500), retries, Duration::ZERO, jitter), expected);
        }
        assert_eq!(backoff(&POLICY, 30, 1.0), POLICY.cap);
    }

    #[test]
    fn ends_with_the_number_and_with_the_budget() {
        let kind = RequestKind { method: Method::Get, has_key: false };
        assert_eq!(decide(&POLICY, kind, answered(500), 3, Duration::ZERO, 0.0), Decision::Stop);
        let told = |seconds| AttemptResult::Response {
            status: 503,
            retry_after: Some(Duration::from_secs(seconds)),
            in_progress: false,
        };
        assert_eq!(decide(&POLICY, kind, told(61), 0, Duration::ZERO, 0.0), Decision::Stop);
        assert_eq!(decide(&POLICY, kind, told(5), 0, Duration::from_secs(56), 0.0), Decision::Stop);
        assert_ne!(decide(&POLICY, kind, told(5), 0, Duration::from_secs(55), 0.0), Decision::Stop);
        assert_eq!(decide(&POLICY, kind, told(u64::MAX), 0, Duration::from_secs(1), 0.0), Decision::Stop);
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:07 GMT").expect("a date of this test");
        let table = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ];
        for (value, seconds) in table {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after("99999999999999999999999", now), Some(Duration::MAX));
    }
}
