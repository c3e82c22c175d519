//! The flags of a command that issues a token, for the hint that says how to run it again.

use std::time::Duration;

use crate::cli::tokens::Delivery;
use crate::commands::issuance::request::whole_seconds;
use crate::typed_word;

/// Each with a blank before it.
pub(super) fn flags(delivery: &Delivery, wait: bool, grace: Option<Duration>) -> String {
    let mut flags = String::new();
    if let Some(grace) = grace {
        flags.push_str(&format!(" --grace {}s", whole_seconds(grace)));
    }
    if wait {
        flags.push_str(" --wait");
    }
    for sink in &delivery.to {
        flags.push_str(&format!(" --to {}", typed_word::quoted(sink)));
    }
    if delivery.force {
        flags.push_str(" --force");
    }
    flags
}
