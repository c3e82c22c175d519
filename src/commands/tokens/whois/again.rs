//! Whether the values of revoked tokens are refused, once the deployments are live.

use super::asked::{self, Answer, Unproved};
use super::found::Finding;
use super::report::FoundToken;
use super::resolved::{Resolved, worse};
use crate::api::Gateway;
use crate::api::wire::Slug;
use crate::commands::Context;
use crate::commands::deadline::{Deadline, FIRST_PAUSE, longer};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::warning::Warning;

/// Asks until each is refused, or `--timeout` is over. They are revoked whatever the gateway says: a
/// node of it that lags behind may accept one for a while.
///
/// # Errors
/// `NOT_LIVE` if one is still accepted, `PARTIAL_FAILURE` if that of another is not known or a signal
/// ends it.
pub(super) async fn ask(
    cx: &Context,
    findings: &[Finding],
    found: &[Resolved],
    rows: &mut [FoundToken],
    deadline: Deadline,
) -> Result<(), Error> {
    let signals = cx.interrupts.take()?;
    let (mut accepted, mut failed) = (Vec::new(), Vec::new());
    let (mut accepted_by, mut failed_of) = (None, None);
    let is_revoked = |row: &FoundToken| matches!(row.status.as_deref(), Some("revoked" | "missing"));
    for (found, row) in found.iter().zip(rows).filter(|(_, row)| is_revoked(row)) {
        let slug = &found.token.function;
        let said = match cx.gateway(slug) {
            Ok(Some(gateway)) => tokio::select! {
                said = until_refused(&gateway, findings, &found.token.findings, deadline) => said,
                signal = signals.next() => {
                    let message = "Interrupted while the gateway was asked again; the tokens are revoked";
                    return Err(Error::new(ErrorCode::PartialFailure, message).with_signal(signal.as_raw()));
                }
            },
            _ => Said { accepted: None, may_change: false },
        };
        row.accepted = said.accepted;
        match said.accepted {
            Some(false) => {}
            Some(true) => {
                accepted.extend(row.label());
                accepted_by = accepted_by.or(Some(slug));
            }
            None => {
                let message = format!("Whether the gateway of {slug} refuses the value now is not known");
                cx.warn(Warning::new("NOT_PROVED", message));
                if said.may_change {
                    failed.extend(row.label());
                    failed_of = failed_of.or(Some(slug));
                }
            }
        }
    }
    if !accepted.is_empty() {
        let message = format!("Still accepted after {}: {}", deadline.length(), accepted.join(", "));
        return Err(Error::new(ErrorCode::NotLive, message).with_hint(how_to_know(accepted_by)));
    }
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("Not known to be refused after {}: {}", deadline.length(), failed.join(", "));
    Err(Error::new(ErrorCode::PartialFailure, message).with_hint(how_to_know(failed_of)))
}

/// `--check` asks nobody about a token that no list has any more.
fn how_to_know(function: Option<&Slug>) -> String {
    let slug = function.map_or("SLUG", Slug::as_str);
    format!(
        "they are revoked; keep the text, and ask again with the value on stdin: `jelou tokens verify {slug} --token-stdin`"
    )
}

/// What the gateway says of all values that a token may have.
struct Said {
    accepted: Option<bool>,
    /// Whether it may say something else later.
    may_change: bool,
}

async fn until_refused(gateway: &Gateway, findings: &[Finding], places: &[usize], deadline: Deadline) -> Said {
    let mut pause = FIRST_PAUSE;
    let (places, rest) = places.split_at(asked::how_many(findings, places));
    loop {
        // What is not asked about is not known, now and later.
        let accepted = Some(false).filter(|_| rest.is_empty());
        let mut said = Said { accepted, may_change: rest.is_empty() };
        for place in places {
            let answer = asked::of(gateway, &findings[*place]).await;
            said.may_change &= !matches!(answer, Ok(Answer::Unproved(Unproved::LetsAllIn | Unproved::TooMany)));
            said.accepted = worse(said.accepted, answer.ok().as_ref().and_then(Answer::accepted));
        }
        let is_all = said.accepted.map_or(!said.may_change, |accepted| !accepted);
        if is_all || deadline.pause(pause, "").await.is_err() {
            return said;
        }
        pause = longer(pause);
    }
}
