//! What was asked: one line a request, with credentials by kind and never by value.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::scrub::without_credentials;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};

/// How many requests are kept; older ones are dropped.
const KEPT_ENTRIES: usize = 10_000;
/// How many violations are kept, for they must not be lost behind many requests; later ones are counted only.
const KEPT_VIOLATIONS: usize = 1_000;
/// The longest text of a request that is kept, in bytes.
const KEPT_TEXT: usize = 512;

/// A side of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Plane {
    /// Where tokens are managed.
    Control,
    /// Where functions answer.
    Gateway,
    /// Where the sandbox itself is steered.
    Sandbox,
}

/// What a request brought as its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential {
    /// None.
    None,
    /// A management token.
    Pat,
    /// A runtime token.
    Runtime,
    /// Something else.
    Other,
}

impl Credential {
    /// The kind of a value.
    pub(super) fn of(value: Option<&str>) -> Self {
        match value {
            None => Self::None,
            Some(value) if value.starts_with(MANAGEMENT_PREFIX) => Self::Pat,
            Some(value) if value.starts_with(RUNTIME_PREFIX) => Self::Runtime,
            Some(_) => Self::Other,
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Which side it was for.
    pub plane: Plane,
    /// Its method.
    pub method: String,
    /// Its path; `/fn/SLUG/…` for the gateway, however it was reached. Credentials in it are blanked out.
    pub path: String,
    /// Its query, if there is one; credentials in it are blanked out.
    pub query: Option<String>,
    /// The kind of its credential.
    pub credential: Credential,
    /// Its `Idempotency-Key`, as sent.
    pub idempotency_key: Option<String>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The status it was answered with; null while it runs, and if no answer was sent.
    pub status: Option<u16>,
    /// The names of the faults that applied.
    pub faults: Vec<String>,
    /// What no correct client does, if it did that.
    pub violations: Vec<String>,
}

/// The requests so far.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<Entry>,
    last: u64,
    violations: Vec<String>,
    uncounted: usize,
}

impl Journal {
    /// Writes a request down and gives it its number.
    pub(super) fn open(&mut self, mut entry: Entry) -> u64 {
        self.last += 1;
        entry.number = self.last;
        let optional = [entry.query.as_mut(), entry.idempotency_key.as_mut(), entry.user_agent.as_mut()];
        for text in [&mut entry.method, &mut entry.path].into_iter().chain(optional.into_iter().flatten()) {
            *text = kept(text);
        }
        if self.entries.len() == KEPT_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last
    }

    /// Adds how a request was answered and which faults applied.
    pub(super) fn close(&mut self, number: u64, status: Option<u16>, faults: Vec<String>) {
        if let Some(entry) = self.entry(number) {
            entry.status = status;
            entry.faults = faults;
        }
    }

    /// Adds what no correct client does.
    pub(super) fn violation(&mut self, number: u64, what: &str) {
        let Some(entry) = self.entry(number) else { return };
        let what = kept(what);
        let line = format!("#{} {} {}: {what}", entry.number, entry.method, entry.path);
        entry.violations.push(what);
        if self.violations.len() < KEPT_VIOLATIONS {
            self.violations.push(line);
        } else {
            self.uncounted += 1;
        }
    }

    /// The requests, the oldest first.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    /// The requests behind number `after`.
    pub(super) fn entries_after(&self, after: u64) -> Vec<Entry> {
        self.entries.iter().filter(|entry| entry.number > after).cloned().collect()
    }

    /// Everything that no correct client does, one line each.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut lines = self.violations.clone();
        if self.uncounted > 0 {
            lines.push(format!("and {} more", self.uncounted));
        }
        lines
    }

    /// Forgets the violations: a test that provokes one takes it.
    pub(super) fn take_violations(&mut self) -> Vec<String> {
        let lines = self.violations();
        self.violations.clear();
        self.uncounted = 0;
        lines
    }

    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let first = self.entries.front()?.number;
        self.entries.get_mut(usize::try_from(number.checked_sub(first)?).ok()?)
    }
}

/// A text of a request as it is kept: without credentials, and not longer than so much.
fn kept(text: &str) -> String {
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

    fn entry(path: &str) -> Entry {
        Entry {
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
        let mut journal = Journal::default();
        for _ in 0..KEPT_ENTRIES + 5 {
            let number = journal.open(entry("/v1/me"));
            journal.violation(number, "bad");
        }
        let entries = journal.entries();
        assert_eq!((entries.len(), entries[0].number), (KEPT_ENTRIES, 6));
        assert_eq!(journal.violations().len(), KEPT_VIOLATIONS + 1);
    }

    #[test]
    fn a_long_text_is_cut() {
        let long = "/ñ".repeat(1_000);
        let mut journal = Journal::default();
        let number = journal.open(Entry {
            method: long.clone(),
            query: Some(long.clone()),
            idempotency_key: Some(long.clone()),
            user_agent: Some(long.clone()),
            ..entry(&long)
        });
        journal.violation(number, &long);
        let entry = &journal.entries()[0];
        let optional = [&entry.query, &entry.idempotency_key, &entry.user_agent].map(|text| text.as_deref().unwrap());
        for text in [&entry.method, &entry.path, &entry.violations[0]].map(String::as_str).into_iter().chain(optional) {
            assert!(text.len() <= KEPT_TEXT + '…'.len_utf8(), "{text}");
        }
        assert!(journal.violations()[0].len() <= 4 * KEPT_TEXT, "{:?}", journal.violations());
    }

    #[test]
    fn what_is_added_later_reaches_its_own_entry() {
        let mut journal = Journal::default();
        let first = journal.open(entry("/a"));
        journal.open(entry("/b"));
        journal.close(first, Some(200), vec!["delay".to_owned()]);
        assert_eq!(journal.entries()[0].status, Some(200));
        assert_eq!(journal.entries()[1].status, None);
    }
}
