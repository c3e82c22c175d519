//! Dotenv files: one grammar for reading them and for [editing](Editable) them.
//!
//! A file is a sequence of entries. An entry is one line, or several if a quoted value goes on. A
//! line is `KEY=VALUE`, with or without `export ` before it, a comment, or empty. A value is
//! - bare: ends at the end of the line or at a `#` behind a blank;
//! - in single quotes: as it stands, line breaks included;
//! - in double quotes: `\"`, `\\`, `\$` and `` \` `` stand for the second character, line breaks
//!   are kept.
//!
//! [`read`] returns what bash assigns (bash manual, “Quoting” and “Shell Parameters”) and refuses
//! the rest of the shell's language, which would have to be executed: expansions (dollar, backtick,
//! tilde, braces), commands, values in several pieces. It also refuses `\n` and other escapes in
//! double quotes: bash keeps the backslash, dotenv libraries do not.
//!
//! [`Editable`] leaves alone what [`read`] refuses, as long as it is certain where that ends and
//! that it does not set the variable too.
//!
//! bash takes neither a byte order mark nor the line ends of Windows. The mark is skipped. A file
//! in which every line ends with CR LF is read as if it were LF; elsewhere CR is a character.

mod edit;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod properties;
mod shell;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::ops::Range;
use std::path::Path;

use zeroize::Zeroizing;

pub(crate) use edit::{Editable, lines_of, replace};

use super::text::read_text;
use crate::error::Error;

const BLANKS: [char; 2] = [' ', '\t'];

/// A variable of a file.
pub(crate) struct Variable {
    /// A shell's identifier: `[A-Za-z_][A-Za-z0-9_]*`.
    pub(crate) name: String,
    pub(crate) value: Zeroizing<String>,
    /// The number of its first line, from 1.
    pub(crate) line: usize,
}

/// Reads a file.
///
/// # Errors
/// `INPUT_ERROR` that names the file, the line and the key, and never repeats a value.
pub(crate) fn read(path: &Path) -> Result<Vec<Variable>, Error> {
    let text =
        read_text(path).map_err(|cause| Error::input(format!("{} cannot be read", path.display())).caused_by(cause))?;
    let text = with_line_feeds(&text).map_or(text, Zeroizing::new);
    let mut variables = Vec::new();
    for entry in entries(&text) {
        if entry.is_empty() {
            continue;
        }
        let place = format!("{}, line {}", path.display(), entry.line);
        let Some(assignment) = &entry.assignment else {
            return Err(Error::input(format!("{place}: not KEY=VALUE")));
        };
        let name = assignment.name;
        let value = assignment.read(entry.text).map_err(|reason| {
            Error::input(format!("{place}: `{name}` {reason}"))
                .with_hint("in single quotes, a value is taken as it stands: `KEY='VALUE'`")
        })?;
        variables.push(Variable { name: name.to_owned(), value, line: entry.line });
    }
    Ok(variables)
}

/// A text with the line ends of Windows, with LF instead; nothing if it has other ones.
fn with_line_feeds(text: &str) -> Option<String> {
    let is_of_windows = text.contains('\n') && text.match_indices('\n').all(|(at, _)| text[..at].ends_with('\r'));
    is_of_windows.then(|| text.replace("\r\n", "\n"))
}

struct Entry<'a> {
    /// With its newline.
    text: &'a str,
    /// The number of its first line, from 1.
    line: usize,
    assignment: Option<Assignment<'a>>,
}

struct Assignment<'a> {
    /// A shell's identifier, or one of the longer alphabet of dotenv libraries: [`is_dotenv_name`].
    name: &'a str,
    is_exported: bool,
    /// Where the name ends in the entry.
    name_end: usize,
    /// Whether there are blanks around `=`, which a shell does not take for an assignment.
    is_spaced: bool,
    /// Where the value stands in the entry, with its quotes.
    value: Range<usize>,
    /// Where the quote ends that the value begins with.
    closing_quote: Option<usize>,
}

/// Splits a text that has no byte order mark.
fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let (mut rest, mut line) = (text, 1);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let assignment = Assignment::parse(rest);
        // A quote that is never closed is text: then the entry is one line.
        let last = assignment.as_ref().and_then(|found| found.closing_quote).unwrap_or(0);
        let end = rest[last..].find('\n').map_or(rest.len(), |newline| last + newline + 1);
        let entry = Entry { text: &rest[..end], line, assignment };
        line += entry.text.matches('\n').count();
        rest = &rest[end..];
        Some(entry)
    })
}

impl Entry<'_> {
    /// Whether it is a comment or has nothing but blanks.
    fn is_empty(&self) -> bool {
        let line = self.text.trim_matches(BLANKS).trim_end_matches('\n');
        line.is_empty() || line.starts_with('#')
    }
}

impl<'a> Assignment<'a> {
    /// The assignment at the beginning of a text.
    fn parse(text: &'a str) -> Option<Self> {
        let line = text.split('\n').next()?;
        let (left, right) = line.split_once('=')?;
        let declared = left.trim_matches(BLANKS);
        let exported = declared.strip_prefix("export").filter(|rest| rest.starts_with(BLANKS));
        let name = exported.map_or(declared, |rest| rest.trim_start_matches(BLANKS));
        if !is_dotenv_name(name) {
            return None;
        }
        let behind = left.len() + 1;
        let start = line.len() - right.trim_start_matches(BLANKS).len();
        let closing_quote = closing_quote(text, start);
        let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |newline| from + newline);
        let trim = |range: Range<usize>| range.start..range.start + text[range].trim_end_matches(BLANKS).len();
        let value = match closing_quote {
            Some(quote) if ends(&text[quote + 1..end_of_line(quote)]) => start..quote + 1,
            Some(quote) => trim(start..end_of_line(quote)),
            None if text[start..].starts_with(['"', '\'', '`']) => trim(start..end_of_line(start)),
            // `KEY= # comment`
            None if start > behind && text[start..].starts_with('#') => behind..behind,
            None => match trim(start..start + comment_at(&text[start..end_of_line(start)])) {
                empty if empty.is_empty() => behind..behind,
                bare => bare,
            },
        };
        let name_end = left.trim_end_matches(BLANKS).len();
        let is_spaced = name_end < left.len() || value.start > behind;
        Some(Self { name, is_exported: exported.is_some(), name_end, is_spaced, value, closing_quote })
    }

    /// The value as a shell reads it, or why it is refused: a part of a sentence that begins with
    /// the key.
    fn read(&self, entry: &str) -> Result<Zeroizing<String>, &'static str> {
        if !is_identifier(self.name) {
            return Err("is not a name that a shell assigns to");
        }
        if self.is_spaced {
            return Err("has blanks around `=`");
        }
        // A shell drops it.
        if entry.contains('\0') {
            return Err("holds a NUL byte");
        }
        let value = &entry[self.value.clone()];
        if !value.starts_with(['"', '\'']) {
            return self.bare(value);
        }
        match self.closing_quote {
            None => Err("has a quote that is not closed"),
            Some(quote) if quote + 1 != self.value.end => Err("has text behind the closing quote"),
            Some(_) => {
                let inside = &value[1..value.len() - 1];
                if value.starts_with('\'') { Ok(Zeroizing::new(inside.to_owned())) } else { unescape(inside) }
            }
        }
    }

    /// A value without quotes.
    fn bare(&self, value: &str) -> Result<Zeroizing<String>, &'static str> {
        // A shell expands `~` at the beginning of a value and behind each colon, and braces behind
        // `export`.
        let is_expanded = value.contains(['$', '`']) || value.starts_with('~') || value.contains(":~");
        if is_expanded || (self.is_exported && value.contains('{')) {
            return Err(EXPANDED);
        }
        if value.contains(BLANKS) || value.contains(['\\', '"', '\'', ';', '&', '|', '<', '>', '(', ')', '\r']) {
            return Err("holds blanks or characters that mean something to a shell, and needs quotes");
        }
        Ok(Zeroizing::new(value.to_owned()))
    }
}

const EXPANDED: &str = "holds `$`, a backtick, `~` or braces, which a shell would replace";

/// The inside of double quotes.
fn unescape(inside: &str) -> Result<Zeroizing<String>, &'static str> {
    let mut value = Zeroizing::new(String::with_capacity(inside.len()));
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        value.push(match letter {
            '$' | '`' => return Err(EXPANDED),
            '\\' => match letters.next() {
                Some(plain @ ('"' | '\\' | '$' | '`')) => plain,
                _ => return Err("holds a backslash in double quotes that shells and other readers disagree on"),
            },
            letter => letter,
        });
    }
    Ok(value)
}

/// Where the quote that begins at `from` is closed, if it is. A backslash escapes in double quotes
/// only.
fn closing_quote(text: &str, from: usize) -> Option<usize> {
    let quote = text[from..].chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    let mut escaped = false;
    for (offset, character) in text[from..].char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if character == quote => return Some(from + offset),
            _ => {}
        }
    }
    None
}

/// Whether a value may end before this rest of a line.
fn ends(rest: &str) -> bool {
    let trimmed = rest.trim_start_matches(BLANKS);
    trimmed.is_empty() || (rest.starts_with(BLANKS) && trimmed.starts_with('#'))
}

/// Where the comment begins in what stands behind `=`; the length of it if there is none.
fn comment_at(value: &str) -> usize {
    [" #", "\t#"].iter().filter_map(|comment| value.find(comment)).min().unwrap_or(value.len())
}

/// The names that dotenv libraries take. A comment is none.
fn is_dotenv_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit()) && !name.contains(['.', '-'])
}
