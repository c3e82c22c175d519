//! When a request is sent again: a pure function of the request and of what came back.
//!
//! - 429 and 503 ask for another attempt: always, if the request may be repeated at all.
//! - After any other 5xx, a 408 (a front that has given up an idle connection answers the next
//!   request on it so) and a lost connection nobody knows whether something was done. GET, PUT,
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

/// Whether a request may be sent twice.
pub(super) fn is_repeatable(method: Method, has_key: bool) -> bool {
    method != Method::Post || has_key
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

/// The pause before the same request is sent again, or nothing to stop. `retries` counts those
/// already made, `spent` is the time since the first attempt, `jitter` is in `0.0..1.0`.
pub(super) fn decide(
    policy: &Policy,
    repeatable: bool,
    result: AttemptResult,
    retries: u32,
    spent: Duration,
    jitter: f64,
) -> Option<Duration> {
    if retries >= policy.max_retries || !is_worth_repeating(repeatable, result) {
        return None;
    }
    let requested = match result {
        AttemptResult::Response { retry_after, .. } => retry_after,
        AttemptResult::Lost { .. } => None,
    };
    let pause = requested.unwrap_or_else(|| backoff(policy, retries, jitter));
    (spent.saturating_add(pause) <= policy.budget).then_some(pause)
}

fn is_worth_repeating(repeatable: bool, result: AttemptResult) -> bool {
    match result {
        AttemptResult::Lost { sent } => repeatable || !sent,
        AttemptResult::Response { status: 408 | 429 | 500..=599, .. } => repeatable,
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
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties;

    const POLICY: Policy = Policy::with_retries(3);

    fn answered(status: u16, retry_after: Option<u64>, in_progress: bool) -> AttemptResult {
        AttemptResult::Response { status, retry_after: retry_after.map(Duration::from_secs), in_progress }
    }

    #[test]
    fn repeats_by_method_and_result() {
        let failed = [408, 429, 500, 502, 503, 504].map(|status| answered(status, None, false));
        let final_answers = [200, 302, 400, 401, 404, 409, 422].map(|status| answered(status, None, false));
        let still_running = [answered(409, None, true), answered(409, Some(0), false)];
        let (lost, unsent) = (AttemptResult::Lost { sent: true }, AttemptResult::Lost { sent: false });
        // results, whether they repeat a repeatable request, whether a POST without a key
        for (results, repeatable, bare_post) in [
            (&final_answers[..], false, false),
            (&failed, true, false),
            (&still_running, true, false),
            (&[lost], true, false),
            (&[unsent], true, true),
        ] {
            for &result in results {
                let again = |repeatable| decide(&POLICY, repeatable, result, 0, Duration::ZERO, 0.5).is_some();
                assert_eq!((again(true), again(false)), (repeatable, bare_post), "{result:?}");
            }
        }
        for method in [Method::Get, Method::Put, Method::Patch, Method::Delete, Method::Post] {
            assert_eq!(is_repeatable(method, false), method != Method::Post, "{method:?}");
        }
        assert!(is_repeatable(Method::Post, true));
    }

    #[test]
    fn pauses_as_the_server_says_or_with_full_jitter() {
        let told = answered(429, Some(7), false);
        assert_eq!(decide(&POLICY, true, told, 0, Duration::ZERO, 0.9), Some(Duration::from_secs(7)));
        for (retries, jitter, ms) in [(0, 0.0, 0), (0, 1.0, 200), (1, 1.0, 400), (2, 0.5, 400), (2, 1.0, 800)] {
            let expected = Some(Duration::from_millis(ms));
            assert_eq!(decide(&POLICY, true, answered(500, None, false), retries, Duration::ZERO, jitter), expected);
        }
        assert_eq!(backoff(&POLICY, 30, 1.0), POLICY.cap);
    }

    #[test]
    fn ends_with_the_number_and_with_the_budget() {
        for (retry_after, retries, spent, stops) in [
            (None, 3, 0, true),
            (Some(61), 0, 0, true),
            (Some(5), 0, 56, true),
            (Some(5), 0, 55, false),
            (Some(u64::MAX), 0, 1, true),
        ] {
            let result = answered(503, retry_after, false);
            let decision = decide(&POLICY, true, result, retries, Duration::from_secs(spent), 0.0);
            assert_eq!(decision.is_none(), stops, "{retry_after:?} {retries} {spent}");
        }
    }

    proptest! {
        #![proptest_config(properties::config(500))]

        /// A date of two digits for the year is one of this century until 2069.
        #[test]
        fn every_form_of_a_date_is_the_same_pause(
            now in 0_i64..2_200_000_000,
            ahead in 0_i64..900_000_000,
            text in any::<String>(),
        ) {
            let server_time = SystemTime::UNIX_EPOCH + Duration::from_secs(now.unsigned_abs());
            let date = jiff::Timestamp::from_second(now + ahead).expect("a time");
            let pause = Some(Duration::from_secs(ahead.unsigned_abs()));
            for format in ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"] {
                let value = date.strftime(format).to_string();
                prop_assert_eq!(retry_after(&value, server_time), pause, "{}", value);
                let passed = server_time + Duration::from_secs(ahead.unsigned_abs() + 1);
                prop_assert_eq!(retry_after(&value, passed), Some(Duration::ZERO), "{}", value);
            }
            prop_assert_eq!(retry_after(&ahead.to_string(), server_time), pause);
            // Anything else is nothing.
            let is_number = !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit());
            let is_date = httpdate::parse_http_date(text.trim()).is_ok();
            prop_assert_eq!(retry_after(&text, server_time).is_some(), is_number || is_date);
        }
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:07 GMT").expect("a date");
        for (value, seconds) in [
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
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after("99999999999999999999999", now), Some(Duration::MAX));
    }
}
