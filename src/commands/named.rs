//! The question before something is destroyed: it names all of it.

use super::Context;
use crate::warning::Warning;

/// How many names fit into a question: one line of a terminal.
const IN_A_LINE: usize = 5;

/// `2 tokens (a, b)`. More than fit into a line are listed on stderr, above the question.
pub(super) fn several(cx: &Context, noun: &str, names: &[String]) -> String {
    let count = names.len();
    if count <= IN_A_LINE {
        return format!("{count} {noun} ({})", names.join(", "));
    }
    names.iter().for_each(|name| cx.output.say(&format!("  {name}")));
    format!("these {count} {noun}")
}

/// Says what was named and does not exist.
pub(super) fn warn_of_missing(cx: &Context, message: String) {
    cx.warn(Warning::new("NAMED_BUT_MISSING", message));
}
