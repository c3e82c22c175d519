//! Cleaning of foreign text, that is of all text that comes from the server.
//!
//! A terminal obeys escape sequences, a reader believes what bidirectional controls show, and the
//! log of a CI system takes some lines for commands. The rules, by where the text goes:
//!
//! - Human output, on either stream, in a terminal or a log: [`clean`] makes one line without
//!   anything hostile, [`clean_lines`] keeps the lines apart. A line that begins with foreign text
//!   goes through [`line_safe`].
//! - JSON: [`super::json::to_json`] escapes the same characters, so that the document says the same
//!   and does nothing.
//! - Both: [`scrub`] removes what looks like a whole secret from messages.
//!
//! What a log takes for a command, from the sources and the documentation of the systems:
//!
//! - GitHub, Forgejo, Gitea: `::name…::` after white space of any kind at the start of a line,
//!   which a lone CR ends too. On GitHub and `act` also `##[name]` anywhere
//! - Azure: `##vso[` anywhere; `##[` formats
//! - `TeamCity`: `##teamcity[`
//! - GitLab: `section_start:`, `section_end:`
//! - Travis: `travis_fold:`, `travis_time:`
//! - Buildkite: `---`, `+++`, `~~~`, `^^^` at the start of a line

use std::borrow::Cow;

pub(super) mod hostile;

use hostile::Marks;
pub(crate) use hostile::is_hostile;

use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, WHOLE_VALUE, is_token_byte};

/// How much of a foreign message is shown, in characters: more than any message of the platform.
const LONGEST_MESSAGE: usize = 2000;

/// Makes foreign text one harmless line: ` | ` for line ends, `\u{…}` for control characters and
/// invisible ones, a backslash inside of commands, [`scrub`]bed.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let marks = Marks::of(text);
    if !marks.are_visible() {
        let visible = made_visible(text);
        return scrub(&hostile::break_commands(&visible)).into_owned().into();
    }
    let broken = if marks.of_command() { hostile::break_commands(text) } else { text.into() };
    if marks.of_secret() { and_then(broken, scrub) } else { broken }
}

/// A further step of cleaning, which copies only what it changes.
fn and_then(text: Cow<'_, str>, step: impl Fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => step(text),
        Cow::Owned(text) => match step(&text) {
            Cow::Borrowed(_) => text.into(),
            Cow::Owned(changed) => changed.into(),
        },
    }
}

/// One line without characters that do something instead of being read.
fn made_visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.trim_matches(hostile::is_line_end);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            c if hostile::is_line_end(c) => {
                line.push_str(" | ");
                rest = rest.trim_start_matches(hostile::is_line_end);
            }
            '\t' => line.push(' '),
            c if hostile::is_hostile(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

/// Cleans foreign text of several lines: each is [`clean`]ed by itself and made [`line_safe`].
pub(super) fn clean_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.replace("\r\n", "\n").split_inclusive(hostile::is_line_end) {
        lines.push_str(&line_safe(&clean(line)));
        if line.ends_with(hostile::is_line_end) {
            lines.push('\n');
        }
    }
    lines
}

/// A foreign message for a person: at most [`LONGEST_MESSAGE`] characters of it, as one harmless
/// line. It is scrubbed before it is cut: the beginning of a secret does not look like a whole one.
pub(super) fn message(text: &str) -> String {
    clean(&cap(&scrub(text), LONGEST_MESSAGE)).into_owned()
}

/// Puts `| ` before a line that a log would take for a command by how it begins: `::` (after white
/// space of any kind, as .NET trims it) or a group marker of Buildkite.
pub(super) fn line_safe(line: &str) -> Cow<'_, str> {
    let start = line.trim_start();
    let is_group = ["---", "+++", "~~~", "^^^"].iter().any(|marker| {
        start.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    });
    if is_group || start.starts_with("::") { format!("| {line}").into() } else { line.into() }
}

/// Replaces everything that looks like a whole secret by its type prefix and `[redacted]`.
pub(crate) fn scrub(text: &str) -> Cow<'_, str> {
    let mut scrubbed = String::new();
    let mut kept = 0;
    for (start, _) in text.match_indices(char::from(hostile::FIRST_OF_PREFIX)) {
        // What stands inside of a value that was replaced begins no other one.
        let Some(prefix) = type_prefix(&text[start..]).filter(|_| start >= kept) else { continue };
        let value = start + prefix.len();
        let length = text[value..].bytes().take_while(|&byte| is_token_byte(byte)).count();
        if length >= WHOLE_VALUE {
            scrubbed.push_str(&text[kept..value]);
            scrubbed.push_str("[redacted]");
            kept = value + length;
        }
    }
    if kept == 0 { text.into() } else { (scrubbed + &text[kept..]).into() }
}

/// The type prefix that a text begins with.
fn type_prefix(text: &str) -> Option<&'static str> {
    [RUNTIME_PREFIX, MANAGEMENT_PREFIX].into_iter().find(|prefix| text.starts_with(prefix))
}

/// At most `longest` characters of a text, and how many were left out.
fn cap(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} more characters)", &text[..end], text[end..].chars().count()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
