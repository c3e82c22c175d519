//! Editing the text of a dotenv file: one variable changes, every other byte stays.

use zeroize::Zeroizing;

use super::shell::{is_complete, may_set, sets_more};
use super::{Entry, entries, with_line_feeds};
use crate::files::text::BYTE_ORDER_MARK;

/// A file in which it is certain what sets a variable.
pub(crate) struct Editable<'a> {
    mark: &'a str,
    /// Without the mark, its lines ended by LF.
    body: Zeroizing<String>,
    is_of_windows: bool,
    name: &'a str,
}

impl<'a> Editable<'a> {
    /// Reads a file's text for [`Editable::set`].
    ///
    /// # Errors
    /// The line and why it is not certain where it ends or what it sets, without its text.
    pub(crate) fn parse(text: &'a str, name: &'a str) -> Result<Self, String> {
        let (mark, body) = split_mark(text);
        let converted = with_line_feeds(body);
        let is_of_windows = converted.is_some();
        let body = Zeroizing::new(converted.unwrap_or_else(|| body.to_owned()));
        for entry in entries(&body) {
            if let Some(reason) = uncertain(&entry, name) {
                return Err(format!("line {} {reason}", entry.line));
            }
        }
        Ok(Self { mark, body, is_of_windows, name })
    }

    /// Sets the variable to `value`, which needs no quotes. The first assignment gets the value, and
    /// later ones of the same name are removed: readers disagree on which of them counts. Without
    /// one, a line is added at the end, with `export ` before it if the last assignment has that.
    pub(crate) fn set(&self, value: &str) -> Zeroizing<String> {
        let name = self.name;
        // 16 for `export `, `=` and two line ends. The text never has to move, so no copy is left
        // behind.
        let mut edited = Zeroizing::new(String::with_capacity(self.body.len() + name.len() + value.len() + 16));
        let (mut replaced, mut is_exported) = (false, false);
        for entry in entries(&self.body) {
            let Some(found) = &entry.assignment else {
                edited.push_str(entry.text);
                continue;
            };
            is_exported = found.is_exported;
            if found.name != name {
                edited.push_str(entry.text);
            } else if !replaced {
                let rest = &entry.text[found.value.end..];
                let comment = if rest.starts_with('#') { " " } else { "" };
                edited.extend([&entry.text[..found.name_end], "=", value, comment, rest]);
                replaced = true;
            }
        }
        if !replaced {
            if !edited.is_empty() && !edited.ends_with('\n') {
                edited.push('\n');
            }
            edited.extend([if is_exported { "export " } else { "" }, name, "=", value, "\n"]);
        }
        if self.is_of_windows {
            edited = Zeroizing::new(edited.replace('\n', "\r\n"));
        }
        let mut whole = Zeroizing::new(String::with_capacity(self.mark.len() + edited.len()));
        whole.extend([self.mark, &edited]);
        whole
    }
}

/// Why an entry cannot be passed over or replaced, as a sentence that begins with its line.
fn uncertain(entry: &Entry<'_>, name: &str) -> Option<String> {
    if entry.is_empty() {
        return None;
    }
    let found = entry.assignment.as_ref();
    if found.is_some_and(|found| found.read(entry.text).is_ok()) {
        return None;
    }
    let own = found.filter(|found| found.name == name);
    if !is_complete(entry.text) {
        return Some("has a quote or a bracket that it does not close, or goes on behind its end".to_owned());
    }
    let sets_it_otherwise = match own {
        Some(own) => sets_more(&entry.text[own.value.clone()]),
        None => may_set(entry.text, name, found.is_some()),
    };
    sets_it_otherwise.then(|| format!("sets `{name}`, or something beside it, in another way than `{name}=VALUE`"))
}

/// Every entry that assigns to `name`, with newlines.
pub(crate) fn lines_of(text: &str, name: &str) -> Zeroizing<String> {
    let assigns = |entry: &Entry<'_>| entry.assignment.as_ref().is_some_and(|found| found.name == name);
    // Never longer than the text, so that no copy is left behind.
    let mut lines = Zeroizing::new(String::with_capacity(text.len()));
    lines.extend(entries(split_mark(text).1).filter(assigns).map(|entry| entry.text));
    lines
}

/// Replaces the first entry that is equal to `line` by `others`, and removes the other equal ones.
/// Nothing if there is none.
pub(crate) fn replace(text: &str, line: &str, others: &str) -> Option<Zeroizing<String>> {
    let (mark, body) = split_mark(text);
    // 2 for a line end.
    let mut edited = Zeroizing::new(String::with_capacity(text.len() + others.len() + 2));
    edited.push_str(mark);
    let mut replaced = false;
    for entry in entries(body) {
        let content = entry.text.trim_end_matches(['\r', '\n']);
        if content != line.trim_end_matches(['\r', '\n']) {
            edited.push_str(entry.text);
        } else if !replaced {
            edited.push_str(others);
            if !others.is_empty() && !others.ends_with('\n') {
                edited.push_str(&entry.text[content.len()..]);
            }
            replaced = true;
        }
    }
    replaced.then_some(edited)
}

fn split_mark(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 })
}
