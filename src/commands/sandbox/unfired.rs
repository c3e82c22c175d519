//! Faults that were scripted and never met a request: a test that did not test what it was to.

use crate::commands::Context;
use crate::error::Error;
use crate::sandbox::Sandbox;
use crate::warning::Warning;

/// Warns of each fault that never fired; the error that `--strict-faults` makes of them.
pub(super) fn warn(cx: &Context, sandbox: &Sandbox) -> Option<Error> {
    let unfired = sandbox.unfired_faults();
    for fault in &unfired {
        cx.warn(Warning::new("FAULT_NEVER_FIRED", format!("The fault `{fault}` never fired")));
    }
    let message = match unfired.len() {
        0 => return None,
        1 => "A fault never fired".to_owned(),
        several => format!("{several} faults never fired"),
    };
    Some(
        Error::input(format!(
            "{message}: {}",
            unfired.iter().map(|fault| format!("`{fault}`")).collect::<Vec<_>>().join(", ")
        ))
        .with_hint("`jelou sandbox journal`, as the last command of CMD, shows what was asked")
        .with_hint("`--strict-faults` asks that each of them fires"),
    )
}
