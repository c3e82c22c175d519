//! Editing the text of a dotenv file: one variable changes, every other byte stays.

use zeroize::Zeroizing;

use super::{Entry, entries};
use crate::files::private::BYTE_ORDER_MARK;

/// Sets `name` to `value`, which needs no quotes. The first assignment gets the value, and later
/// ones of the same name are removed: readers disagree on which of them counts. Without one, a line
/// is added at the end, with `export ` before it if every assignment of the file has that.
pub(crate) fn set(text: &str, name: &str, value: &str) -> Zeroizing<String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mark, body) = split_mark(text);
    // 16 for `export `, `=` and two line ends. The text never has to move, so no copy is left behind.
    let mut edited = Zeroizing::new(String::with_capacity(text.len() + name.len() + value.len() + 16));
    edited.push_str(mark);
    let mut replaced = false;
    for entry in entries(body) {
        match &entry.assignment {
            Some(found) if found.name == name && replaced => {}
            Some(found) if found.name == name => {
                edited.extend([&entry.text[..found.value.start], value, &entry.text[found.value.end..]]);
                replaced = true;
            }
            _ => edited.push_str(entry.text),
        }
    }
    if !replaced {
        if !body.is_empty() && !edited.ends_with('\n') {
            edited.push_str(newline);
        }
        let mut others = entries(body).filter_map(|entry| entry.assignment).peekable();
        let is_exported = others.peek().is_some() && others.all(|other| other.is_exported);
        edited.extend([if is_exported { "export " } else { "" }, name, "=", value, newline]);
    }
    edited
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
