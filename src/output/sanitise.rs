//! Cleaning of foreign text, that is of all text that comes from the server.
//!
//! A terminal obeys escape sequences, a reader believes what bidirectional controls show, and the log of a CI system takes
//! some lines for commands. The rules, by where the text goes:
//!
//! - Human output, on either stream, in a terminal or a log: [`clean`] makes one line without anything hostile,
//!   [`clean_lines`] keeps the lines apart. A line that begins with foreign text goes through [`line_safe`].
//! - JSON: [`to_json`] escapes the same characters, so that the document says the same and does nothing.
//! - Both: [`scrub`] removes what looks like a whole secret from messages.
//!
//! What a log takes for a command, from the sources and the documentation of the systems:
//!
//! | system | command |
//! | --- | --- |
//! | GitHub, Forgejo, Gitea | `::name…::` after white space of any kind at the start of a line, which a lone CR ends too; on GitHub and `act` `##[name]` anywhere |
//! | Azure | `##vso[` anywhere; `##[` formats |
//! | `TeamCity` | `##teamcity[` |
//! | GitLab | `section_start:`, `section_end:` |
//! | Travis | `travis_fold:`, `travis_time:` |
//! | Buildkite | `---`, `+++`, `~~~`, `^^^` at the start of a line |

use std::borrow::Cow;

pub(super) mod hostile;

use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};

/// What stands for the line ends of foreign text that is made one line.
pub const LINE_END: &str = " | ";
/// What precedes a line that would otherwise begin with a command.
pub const VISIBLE_START: &str = "| ";
/// How much of a foreign message is shown, in characters.
pub const LONGEST_MESSAGE: usize = 2000;

/// How many characters behind a type prefix make a whole secret: what `list` shows as a prefix (`jfn_rt_sbx_abc1`) has
/// fewer, a value has more.
const WHOLE_SECRET: usize = 12;

/// Makes foreign text one harmless line: [`LINE_END`] for line ends, `\u{…}` for control characters and invisible ones, a
/// backslash inside of commands, [`scrub`]bed.
pub fn clean(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.trim_matches(hostile::is_line_end);
    while let Some(c) = rest.chars().next() {
        if hostile::is_line_end(c) {
            line.push_str(LINE_END);
            rest = rest.trim_start_matches(hostile::is_line_end);
            continue;
        }
        match c {
            '\t' => line.push(' '),
            c if hostile::is_hostile(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    scrub(&hostile::break_commands(&line)).into_owned()
}

/// Cleans foreign text of several lines: each is [`clean`]ed by itself and made [`line_safe`].
pub fn clean_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let text = text.replace("\r\n", "\n");
    for line in text.split_inclusive(hostile::is_line_end) {
        lines.push_str(&line_safe(&clean(line)));
        if line.ends_with(hostile::is_line_end) {
            lines.push('\n');
        }
    }
    lines
}

/// A foreign message for a person: at most [`LONGEST_MESSAGE`] characters of it, as one harmless line. It is scrubbed before
/// it is cut, for what is left of a secret behind a cut does not look like a whole one.
pub fn message(text: &str) -> String {
    clean(&cap(&scrub(text), LONGEST_MESSAGE))
}

/// Puts [`VISIBLE_START`] before a line that a log would take for a command by how it begins: `::` (after white space of
/// any kind, as .NET trims it) or a group marker of Buildkite.
pub fn line_safe(line: &str) -> Cow<'_, str> {
    let start = line.trim_start();
    let is_group = ["---", "+++", "~~~", "^^^"].iter().any(|marker| {
        start.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    });
    if is_group || start.starts_with("::") { Cow::Owned(format!("{VISIBLE_START}{line}")) } else { Cow::Borrowed(line) }
}

/// Replaces everything that looks like a whole secret by its type prefix and `[redacted]`.
pub fn scrub(text: &str) -> Cow<'_, str> {
    let mut scrubbed = String::new();
    let mut rest = text;
    while let Some((start, prefix)) = first_prefix(rest) {
        let value = start + prefix.len();
        let length = rest[value..].bytes().take_while(|&byte| is_token_byte(byte)).count();
        scrubbed.push_str(&rest[..value]);
        rest = if length >= WHOLE_SECRET {
            scrubbed.push_str("[redacted]");
            &rest[value + length..]
        } else {
            &rest[value..]
        };
    }
    if scrubbed.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(scrubbed + rest) }
}

fn first_prefix(text: &str) -> Option<(usize, &'static str)> {
    [RUNTIME_PREFIX, MANAGEMENT_PREFIX].into_iter().filter_map(|prefix| Some((text.find(prefix)?, prefix))).min()
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// At most `longest` characters of a text, and how many were left out.
pub fn cap(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}… ({} more characters)", &text[..end], text[end..].chars().count())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
