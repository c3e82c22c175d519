//! The requests that the sandbox got, one entry each, with credentials by kind and never by value.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::scrub_credentials::without_credentials;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};

/// How many requests are kept; older ones are dropped. At about 500 bytes each that is 5 MB, and no
/// test sends as many.
const KEPT_REQUESTS: usize = 10_000;
/// How many violations are kept; later ones are counted only. They have a list of their own, so
/// that many requests do not push them out.
const KEPT_VIOLATIONS: usize = 1_000;
/// The longest text of a request that is kept, in bytes: all of every path and key that a correct
/// client sends.
const KEPT_TEXT: usize = 512;

/// A part of the platform with an API of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plane {
    /// Where tokens are managed: `/v1/…`.
    Control,
    /// Where functions answer: `/fn/SLUG/…`.
    Gateway,
    /// Where the sandbox itself is controlled: `/__sandbox/…`.
    Sandbox,
}

impl std::fmt::Display for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Gateway => "gateway",
            Self::Sandbox => "sandbox",
        })
    }
}

/// The kind of credential that a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential {
    None,
    /// A management token.
    Pat,
    /// A runtime token.
    Runtime,
    Other,
}

impl Credential {
    pub(super) fn of(value: Option<&str>) -> Self {
        match value {
            None => Self::None,
            Some(value) if value.starts_with(MANAGEMENT_PREFIX) => Self::Pat,
            Some(value) if value.starts_with(RUNTIME_PREFIX) => Self::Runtime,
            Some(_) => Self::Other,
        }
    }
}

/// A request to a sandbox; credentials by kind, never by value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "JournalEntry"))]
pub struct LoggedRequest {
    /// Its number, from 1.
    pub number: u64,
    /// When it arrived.
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub at: Timestamp,
    /// `control`, `gateway` or `sandbox`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub plane: Plane,
    /// Its method.
    pub method: String,
    // `/fn/SLUG/…` for the gateway, however it was reached. Credentials in it are blanked out.
    /// Its path.
    pub path: String,
    /// Its query, if there is one; credentials in it are blanked out.
    pub query: Option<String>,
    /// The kind of its credential: `none`, `pat`, `runtime` or `other`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub credential: Credential,
    /// Its `Idempotency-Key`, as sent.
    pub idempotency_key: Option<String>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The status it was answered with; null if no answer was sent.
    pub status: Option<u16>,
    /// The names of the faults that applied.
    pub faults: Vec<String>,
    /// What no correct client does, if it did that.
    pub violations: Vec<String>,
}

/// A request in the log, as long as that is not cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogId {
    number: u64,
    /// How often the log was cleared before it came.
    clearings: u64,
}

#[derive(Debug, Default)]
pub(super) struct RequestLog {
    requests: VecDeque<LoggedRequest>,
    last: u64,
    clearings: u64,
    violations: Vec<String>,
    uncounted: usize,
}

impl RequestLog {
    /// Adds a request.
    pub(super) fn open(&mut self, mut request: LoggedRequest) -> LogId {
        self.last += 1;
        request.number = self.last;
        let optional = [request.query.as_mut(), request.idempotency_key.as_mut(), request.user_agent.as_mut()];
        for text in [&mut request.method, &mut request.path].into_iter().chain(optional.into_iter().flatten()) {
            *text = scrubbed_and_cut(text);
        }
        if self.requests.len() == KEPT_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
        LogId { number: self.last, clearings: self.clearings }
    }

    /// Adds how a request was answered and which faults applied.
    pub(super) fn close(&mut self, id: LogId, status: Option<u16>, faults: Vec<String>) {
        if let Some(request) = self.find(id) {
            request.status = status;
            request.faults = faults;
        }
    }

    /// Adds a violation to a request.
    pub(super) fn violation(&mut self, id: LogId, what: &str) {
        let Some(request) = self.find(id) else { return };
        let what = scrubbed_and_cut(what);
        let line = format!("#{} {} {}: {what}", request.number, request.method, request.path);
        request.violations.push(what);
        if self.violations.len() < KEPT_VIOLATIONS {
            self.violations.push(line);
        } else {
            self.uncounted += 1;
        }
    }

    /// The requests behind number `after`, the oldest first; 0 for all.
    pub(super) fn after(&self, after: u64) -> Vec<LoggedRequest> {
        self.requests.iter().filter(|request| request.number > after).cloned().collect()
    }

    /// Every violation, one line each.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut lines = self.violations.clone();
        if self.uncounted > 0 {
            lines.push(format!("and {} more", self.uncounted));
        }
        lines
    }

    /// The same, and forgets them: for a test that provokes them.
    pub(super) fn take_violations(&mut self) -> Vec<String> {
        let lines = self.violations();
        self.violations.clear();
        self.uncounted = 0;
        lines
    }

    /// Forgets everything, and counts from 1 again.
    pub(super) fn clear(&mut self) {
        *self = Self { clearings: self.clearings + 1, ..Self::default() };
    }

    /// How many requests came, also those that are not kept any more.
    pub(super) fn count(&self) -> u64 {
        self.last
    }

    /// Nothing if the log was cleared since, or if so many came that it is not kept any more.
    fn find(&mut self, id: LogId) -> Option<&mut LoggedRequest> {
        let first = self.requests.front().filter(|_| id.clearings == self.clearings)?.number;
        self.requests.get_mut(usize::try_from(id.number.checked_sub(first)?).ok()?)
    }
}

/// A text without credentials, and not longer than `KEPT_TEXT` and an ellipsis.
fn scrubbed_and_cut(text: &str) -> String {
    let mut text = without_credentials(text);
    if text.len() > KEPT_TEXT {
        let end = (0..=KEPT_TEXT).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> LoggedRequest {
        LoggedRequest {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            plane: Plane::Control,
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: None,
            credential: Credential::None,
            idempotency_key: None,
            user_agent: None,
            status: None,
            faults: Vec::new(),
            violations: Vec::new(),
        }
    }

    #[test]
    fn memory_is_bounded_and_the_newest_are_kept() {
        let mut log = RequestLog::default();
        for _ in 0..KEPT_REQUESTS + 5 {
            let number = log.open(request("/v1/me"));
            log.violation(number, "bad");
        }
        let requests = log.after(0);
        assert_eq!((requests.len(), requests[0].number), (KEPT_REQUESTS, 6));
        assert_eq!(log.violations().len(), KEPT_VIOLATIONS + 1);
    }

    #[test]
    fn a_request_from_before_a_clearing_is_not_taken_for_a_later_one() {
        let mut log = RequestLog::default();
        let before = log.open(request("/before"));
        log.clear();
        log.open(request("/after"));
        log.close(before, Some(500), Vec::new());
        log.violation(before, "bad");
        let requests = log.after(0);
        assert_eq!((requests.len(), requests[0].number, requests[0].status), (1, 1, None));
        assert!(log.violations().is_empty());
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = "/ñ".repeat(1_000);
        let mut log = RequestLog::default();
        let optional = || Some(text.clone());
        let (query, idempotency_key, user_agent) = (optional(), optional(), optional());
        let method = text.clone();
        let number = log.open(LoggedRequest { method, query, idempotency_key, user_agent, ..request(&text) });
        log.violation(number, &text);
        let LoggedRequest { method, path, query, idempotency_key, user_agent, violations, .. } = log.after(0).remove(0);
        let optional = [query, idempotency_key, user_agent].into_iter().flatten();
        for kept in [method, path, violations.concat()].into_iter().chain(optional) {
            assert!(kept.len() <= KEPT_TEXT + '…'.len_utf8(), "{kept}");
        }
        assert!(log.violations()[0].len() <= 4 * KEPT_TEXT, "{:?}", log.violations());
    }
}
