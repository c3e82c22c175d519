//! Tokens that the gateway may not know yet: with `--wait`, their deployments are waited for before
//! it is asked what it says of their values.

use std::collections::BTreeSet;

use super::resolved::{Resolved, Sureness};
use crate::api::ControlPlane;
use crate::api::wire::{DeploymentStatus, Slug};
use crate::commands::Context;
use crate::commands::deadline::Deadline;
use crate::commands::wait;
use crate::error::Error;
use crate::exit::ErrorCode;

/// Waits for the deployments under way of each function that has an active token whose value the
/// gateway refuses. Gives the functions of which something else may be true now.
///
/// # Errors
/// `PARTIAL_FAILURE` if a signal ends it.
pub(super) async fn wait(
    cx: &Context,
    control: &ControlPlane,
    found: &[Resolved],
    deadline: Deadline,
) -> Result<BTreeSet<Slug>, Error> {
    let signals = cx.interrupts.take()?;
    let refused = found.iter().filter(|found| found.sureness == Sureness::Refused);
    let slugs: BTreeSet<&Slug> = refused.map(|found| &found.token.function).collect();
    let mut changed = BTreeSet::new();
    for slug in slugs {
        // What cannot be found out is said when it is to be decided.
        let Ok(Some(mut newest)) = control.deployment_pages(slug).next().await else { continue };
        newest.value.retain(|it| matches!(it.status, DeploymentStatus::Queued | DeploymentStatus::Building));
        if newest.value.is_empty() {
            continue;
        }
        tokio::select! {
            _ = wait::deployments(cx, control, slug, newest.value, deadline) => {}
            signal = signals.next() => {
                let message = format!("Interrupted while waiting for the deployments of {slug}; nothing was revoked");
                return Err(Error::new(ErrorCode::PartialFailure, message).with_signal(signal.as_raw()));
            }
        }
        changed.insert(slug.clone());
    }
    Ok(changed)
}
