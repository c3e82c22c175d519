//! The question before something is destroyed: it names all of it, and shows what there is to know.

use super::Context;
use crate::output::Line;
use crate::warning::Warning;

/// How many names fit into a question: one line of a terminal.
const IN_A_LINE: usize = 5;

/// Something that a question is about.
pub(super) struct Thing {
    /// What it is called.
    pub(super) name: String,
    /// What helps to know it again: `last used 2 minutes ago`.
    pub(super) about: String,
}

/// Shows things on stderr, above the question about them.
pub(super) fn show(cx: &Context, things: &[Thing]) {
    let line = |thing: &Thing| {
        Line::Item(match thing.about.as_str() {
            "" => thing.name.clone(),
            about => format!("{}, {about}", thing.name),
        })
    };
    cx.output.preview(&things.iter().map(line).collect::<Vec<_>>());
}

/// `2 tokens for my-function (a, b)`; `noun` is what stands behind the number. If there are more
/// than fit into a line, all are shown above the question, which names the first.
pub(super) fn several(cx: &Context, noun: &str, things: &[Thing]) -> String {
    let names: Vec<&str> = things.iter().take(IN_A_LINE).map(|thing| thing.name.as_str()).collect();
    let (count, mut names) = (things.len(), names.join(", "));
    if let Some(more @ 1..) = count.checked_sub(IN_A_LINE) {
        show(cx, things);
        names.push_str(&format!(" and {more} more"));
    }
    format!("{count} {noun} ({names})")
}

/// Says what was named and does not exist.
pub(super) fn warn_of_missing(cx: &Context, message: String) {
    cx.warn(Warning::new("NAMED_BUT_MISSING", message));
}
