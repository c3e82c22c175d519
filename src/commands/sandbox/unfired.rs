//! Faults that were scripted and never met a request: a test that did not test what it was to.

use crate::commands::Context;
use crate::error::Error;
use crate::sandbox::Sandbox;
use crate::warning::Warning;

/// The faults that never fired, each as the phrase that says so.
pub(super) struct Unfired(Vec<String>);

pub(super) fn of(sandbox: &Sandbox) -> Unfired {
    Unfired(sandbox.unfired_faults())
}

/// Warns of each.
pub(super) fn warn(cx: &Context, unfired: &Unfired) {
    for phrase in &unfired.0 {
        cx.warn(Warning::new("FAULT_NEVER_FIRED", sentence(phrase)));
    }
}

impl Unfired {
    /// The error that `--strict-faults` makes of them, if there are any.
    pub(super) fn error(&self) -> Option<Error> {
        (!self.0.is_empty()).then(|| {
            Error::input(sentence(&self.0.join("; ")))
                .with_hint("`jelou sandbox journal`, as the last command of CMD, shows what was asked")
                .with_hint("without `--strict-faults` this is a warning")
        })
    }
}

/// A phrase with a capital at its beginning.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
