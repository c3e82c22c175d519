//! Faults that were scripted and never met a request: a test that did not test what it was to.

use crate::commands::Context;
use crate::error::Error;
use crate::sandbox::Sandbox;
use crate::warning::Warning;

/// Warns of each fault that never fired; the error that `--strict-faults` makes of them.
pub(super) fn warn(cx: &Context, sandbox: &Sandbox) -> Option<Error> {
    let unfired = sandbox.unfired_faults();
    for phrase in &unfired {
        cx.warn(Warning::new("FAULT_NEVER_FIRED", sentence(phrase)));
    }
    if unfired.is_empty() {
        return None;
    }
    Some(
        Error::input(sentence(&unfired.join("; ")))
            .with_hint("`jelou sandbox journal`, as the last command of CMD, shows what was asked")
            .with_hint("without `--strict-faults` this is a warning"),
    )
}

/// A phrase with a capital at its beginning.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
