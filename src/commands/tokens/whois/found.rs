//! What was found in a text: each value once, and where it stood first.

use std::collections::HashMap;

use ring::digest::{SHA256, digest};

use super::reading::Readings;
use crate::secret::{RUNTIME_PREFIX, RuntimeToken, SANDBOX_RUNTIME_PREFIX, is_token_byte};

/// What lists show of a value behind its type prefix (vendor's docs: `jfn_rt_abc1`).
const SHOWN: usize = 4;
/// So many readings of a value are asked for at the most.
const READINGS: usize = 64;

/// So many values are kept at the most, and so many characters of their readings: no log of a
/// pipeline has more tokens in it, and the text must not decide how much memory it takes.
pub(super) const VALUES: usize = 10_000;
const CHARACTERS: usize = 16 << 20;

/// How a value stood in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Writing {
    Plain,
    /// Percent-encoded, escaped as in JSON, or with colours inside.
    Escaped,
    Base64,
}

impl Writing {
    /// Behind the number of a line.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Escaped => " (escaped)",
            Self::Base64 => " (base64)",
        }
    }
}

/// A value that was found.
#[derive(Debug)]
pub(super) struct Finding {
    /// What it may be, the longest first; never empty.
    readings: Vec<RuntimeToken>,
    /// The line of its first occurrence, from 1.
    pub(super) line: u64,
    pub(super) writing: Writing,
    /// How often it stands there.
    pub(super) times: u64,
    /// Where it stood last, as it may be read there in several ways.
    last: u64,
    /// Whether it may be something else than its readings, of which there are too many.
    are_some: bool,
}

impl Finding {
    pub(super) fn readings(&self) -> &[RuntimeToken] {
        &self.readings
    }

    /// Whether it may be something else than its readings.
    pub(super) fn has_other_readings(&self) -> bool {
        self.are_some
    }

    /// What lists would show of it.
    #[allow(clippy::disallowed_methods, reason = "lists show the prefix of a value")]
    pub(super) fn shown_prefix(&self) -> &str {
        let value = self.readings[0].secret().expose();
        let kind = [SANDBOX_RUNTIME_PREFIX, RUNTIME_PREFIX].into_iter().find(|kind| value.starts_with(kind));
        // A value holds ASCII alone, and 12 characters behind `jfn_rt_`.
        &value[..kind.map_or(0, str::len) + SHOWN]
    }
}

/// The values in the order of their characters, so that those of a prefix stand together: a list has
/// hundreds of thousands of prefixes.
pub(super) struct ByPrefix<'f>(Vec<(&'f str, usize)>);

impl<'f> ByPrefix<'f> {
    #[allow(clippy::disallowed_methods, reason = "the values are compared with prefixes")]
    pub(super) fn of(findings: &'f [Finding]) -> Self {
        let mut values: Vec<(&str, usize)> = findings
            .iter()
            .enumerate()
            .map(|(index, finding)| (finding.readings[0].secret().expose(), index))
            .collect();
        values.sort_unstable();
        Self(values)
    }

    /// The places of the findings that begin with what a list shows of a token. What shows no
    /// character of it fits none.
    pub(super) fn with(&self, prefix: &str) -> Vec<usize> {
        let Some(prefix) = comparable(prefix) else { return Vec::new() };
        let first = self.0.partition_point(|(value, _)| *value < prefix);
        let mut places: Vec<usize> = self.0[first..]
            .iter()
            .take_while(|(value, _)| value.starts_with(prefix))
            .map(|(_, place)| *place)
            .collect();
        places.sort_unstable();
        places
    }
}

/// What can be compared of what a list shows of a token; nothing if that is none of its characters,
/// or not the beginning of a value.
pub(super) fn comparable(shown: &str) -> Option<&str> {
    let prefix = shown.trim_end_matches(['.', '…']);
    let shows_something = [RUNTIME_PREFIX, SANDBOX_RUNTIME_PREFIX].iter().all(|kind| !kind.starts_with(prefix));
    let is_beginning = prefix.starts_with(RUNTIME_PREFIX) && prefix.bytes().all(is_token_byte);
    (shows_something && is_beginning).then_some(prefix)
}

/// The values of a text.
#[derive(Debug, Default)]
pub(super) struct Found {
    findings: Vec<Finding>,
    /// Which finding a reading belongs to, by its digest, so that no value is kept twice.
    known: HashMap<[u8; 32], usize>,
    /// How many lines have ended so far.
    lines: u64,
    /// How many characters the readings have that are kept.
    characters: usize,
    /// Whether there are values that are not kept, as there are too many.
    pub(super) are_left_out: bool,
    /// How many bytes were read.
    pub(super) length: u64,
    /// The line of the first management token.
    pub(super) management_token: Option<u64>,
}

impl Found {
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(super) fn add_lines(&mut self, count: u64) {
        self.lines += count;
    }

    pub(super) fn add_management_token(&mut self) {
        self.management_token.get_or_insert(self.lines + 1);
    }

    /// Adds what stands at a place of the current line and may be one of these values, if there are
    /// any. What shares a reading with another one is the same.
    pub(super) fn add(&mut self, readings: Readings, writing: Writing, at: u64) {
        let Readings { values, are_some } = readings;
        if values.is_empty() {
            return;
        }
        let digests: Vec<[u8; 32]> = values.iter().map(digest_of).collect();
        let known = digests.iter().find_map(|digest| self.known.get(digest).copied());
        let index = known.unwrap_or(self.findings.len());
        if known.is_none() {
            if self.findings.len() == VALUES || self.characters >= CHARACTERS {
                self.are_left_out = true;
                return;
            }
            let line = self.lines + 1;
            let finding = Finding { readings: Vec::new(), line, writing, times: 1, last: at, are_some: false };
            self.findings.push(finding);
        }
        let finding = &mut self.findings[index];
        if finding.last != at {
            (finding.last, finding.times) = (at, finding.times + 1);
        }
        finding.are_some |= are_some;
        for (reading, digest) in values.into_iter().zip(digests) {
            if self.known.contains_key(&digest) {
                continue;
            }
            if finding.readings.len() == READINGS || self.characters >= CHARACTERS {
                finding.are_some = true;
                break;
            }
            self.known.insert(digest, index);
            self.characters += length_of(&reading);
            finding.readings.push(reading);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "only its length is taken")]
fn length_of(reading: &RuntimeToken) -> usize {
    reading.secret().expose().len()
}

#[allow(clippy::disallowed_methods, reason = "the value is compared by its digest")]
fn digest_of(reading: &RuntimeToken) -> [u8; 32] {
    let digest = digest(&SHA256, reading.secret().expose().as_bytes());
    // SHA-256 has 32 bytes.
    digest.as_ref().try_into().unwrap_or_default()
}
