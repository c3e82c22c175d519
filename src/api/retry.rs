//! When a request is sent again: a pure function of what was asked and what came back.
//!
//! - 429 and 503 ask for another try: always, if the request may be repeated at all.
//! - Any other 5xx and a lost connection leave open whether something was done: for GET, PUT, PATCH and DELETE, which are
//!   idempotent (RFC 9110, section 9.2.2), and for a POST that carries its idempotency key.
//! - 409 with `Retry-After` or the code `IN_PROGRESS` is the same request still running: again, with the same key.
//! - A POST without a key is never sent again.
//!
//! The pause is what `Retry-After` says, else exponential with full jitter. A pause that would pass the budget ends the
//! retries at once: failing now is better than sleeping past the caller's patience.

use std::time::{Duration, SystemTime};

use super::routes::Method;

/// How patient a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often a request is sent again at most.
    pub max_retries: u32,
    /// The upper end of the first pause.
    pub base: Duration,
    /// The upper end of any pause that the server did not ask for.
    pub cap: Duration,
    /// The time from the first attempt after which no further one begins.
    pub budget: Duration,
}

impl Policy {
    /// The policy of the command line with a number of retries.
    pub const fn with_retries(max_retries: u32) -> Self {
        Self {
            max_retries,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            budget: Duration::from_secs(60),
        }
    }
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// Whether it carries an idempotency key.
    pub keyed: bool,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A complete answer.
    Answered {
        /// Its status.
        status: u16,
        /// Its `Retry-After`, as a pause from now.
        retry_after: Option<Duration>,
        /// Whether its error code is `IN_PROGRESS`.
        in_progress: bool,
    },
    /// No complete answer.
    Lost {
        /// Whether the server may have seen the request.
        sent: bool,
    },
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take what came back.
    Stop,
    /// Pause, then send the same again.
    Again(Duration),
}

/// Decides after an attempt. `retries` counts those already made, `spent` runs from the first attempt, `jitter` is in
/// `0.0..1.0`.
pub fn decide(policy: &Policy, asked: Asked, outcome: Outcome, retries: u32, spent: Duration, jitter: f64) -> Decision {
    if retries >= policy.max_retries || !is_worth_repeating(asked, outcome) {
        return Decision::Stop;
    }
    let requested = match outcome {
        Outcome::Answered { retry_after, .. } => retry_after,
        Outcome::Lost { .. } => None,
    };
    let pause = requested.unwrap_or_else(|| backoff(policy, retries, jitter));
    if spent.saturating_add(pause) > policy.budget { Decision::Stop } else { Decision::Again(pause) }
}

fn is_worth_repeating(asked: Asked, outcome: Outcome) -> bool {
    let repeatable = asked.method != Method::Post || asked.keyed;
    match outcome {
        Outcome::Lost { sent } => repeatable || !sent,
        Outcome::Answered { status: 429 | 500..=599, .. } => repeatable,
        Outcome::Answered { status: 409, retry_after, in_progress } => {
            repeatable && (in_progress || retry_after.is_some())
        }
        Outcome::Answered { .. } => false,
    }
}

/// Full jitter (AWS architecture blog, “Exponential Backoff And Jitter”): anything from nothing to the doubled base.
pub fn backoff(policy: &Policy, retries: u32, jitter: f64) -> Duration {
    let ceiling = policy.base.saturating_mul(2_u32.saturating_pow(retries)).min(policy.cap);
    ceiling.mul_f64(jitter.clamp(0.0, 1.0))
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or one of the three date forms, counted from `now`, which
/// should be the server's own `Date`. A date that has passed is no pause; what cannot be read is ignored.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
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

    fn answered(status: u16) -> Outcome {
        Outcome::Answered { status, retry_after: None, in_progress: false }
    }

    fn again(method: Method, keyed: bool, outcome: Outcome) -> bool {
        decide(&POLICY, Asked { method, keyed }, outcome, 0, Duration::ZERO, 0.5) != Decision::Stop
    }

    #[test]
    fn repeats_by_method_and_outcome() {
        let lost = Outcome::Lost { sent: true };
        let unsent = Outcome::Lost { sent: false };
        let in_progress = Outcome::Answered { status: 409, retry_after: None, in_progress: true };
        let conflict_later = Outcome::Answered { status: 409, retry_after: Some(Duration::ZERO), in_progress: false };
        // outcome, idempotent method, POST with its key, POST without
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
        for (outcome, idempotent, keyed_post, bare_post) in table {
            for method in [Method::Get, Method::Put, Method::Patch, Method::Delete] {
                assert_eq!(again(method, false, outcome), idempotent, "{method:?} {outcome:?}");
            }
            assert_eq!(again(Method::Post, true, outcome), keyed_post, "keyed POST {outcome:?}");
            assert_eq!(again(Method::Post, false, outcome), bare_post, "bare POST {outcome:?}");
        }
    }

    #[test]
    fn pauses_as_the_server_says_or_with_full_jitter() {
        let asked = Asked { method: Method::Get, keyed: false };
        let told = Outcome::Answered { status: 429, retry_after: Some(Duration::from_secs(7)), in_progress: false };
        assert_eq!(decide(&POLICY, asked, told, 0, Duration::ZERO, 0.9), Decision::Again(Duration::from_secs(7)));
        for (retries, jitter, ms) in [(0, 0.0, 0), (0, 1.0, 200), (1, 1.0, 400), (2, 0.5, 400), (2, 1.0, 800)] {
            let expected = Decision::Again(Duration::from_millis(ms));
            assert_eq!(decide(&POLICY, asked, answered(500), retries, Duration::ZERO, jitter), expected);
        }
        assert_eq!(backoff(&POLICY, 30, 1.0), POLICY.cap);
    }

    #[test]
    fn ends_with_the_number_and_with_the_budget() {
        let asked = Asked { method: Method::Get, keyed: false };
        assert_eq!(decide(&POLICY, asked, answered(500), 3, Duration::ZERO, 0.0), Decision::Stop);
        let told = |seconds| Outcome::Answered {
            status: 503,
            retry_after: Some(Duration::from_secs(seconds)),
            in_progress: false,
        };
        assert_eq!(decide(&POLICY, asked, told(61), 0, Duration::ZERO, 0.0), Decision::Stop);
        assert_eq!(decide(&POLICY, asked, told(5), 0, Duration::from_secs(56), 0.0), Decision::Stop);
        assert_ne!(decide(&POLICY, asked, told(5), 0, Duration::from_secs(55), 0.0), Decision::Stop);
        assert_eq!(decide(&POLICY, asked, told(u64::MAX), 0, Duration::from_secs(1), 0.0), Decision::Stop);
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
