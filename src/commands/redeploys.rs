//! The redeploys that a change has started: waiting for them, or saying that nobody did.

use std::collections::HashSet;

use super::Context;
use super::deadline::Deadline;
use super::issuance::held::not_waited;
use super::wait;
use crate::api::ControlPlane;
use crate::api::wire::{Deployment, DeploymentStatus, Slug};
use crate::output::Outcome;
use crate::warning::Warning;

/// Waits for redeploys, or warns that nobody did. `effect` begins that warning:
/// `Clients using it are refused`.
pub(super) async fn wait_or_warn(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    mut redeploys: Vec<Deployment>,
    wait: bool,
    outcome: Outcome,
    effect: &str,
) -> Outcome {
    let mut seen = HashSet::new();
    redeploys.retain(|deployment| seen.insert(deployment.id.clone()));
    if !wait {
        let Some(last) = redeploys.iter().rfind(|deployment| deployment.status != DeploymentStatus::Live) else {
            return outcome;
        };
        cx.warn(not_waited(last, effect));
        return outcome.next(format!("jelou deployments wait {slug} {}", last.id), "wait until it counts");
    }
    match wait::deployments(cx, control, slug, redeploys, Deadline::of(cx)).await {
        Ok(()) => outcome,
        Err(error) if outcome.failure.is_some() => {
            cx.warn(Warning::new("NOT_LIVE", error.message()));
            outcome
        }
        Err(error) => Outcome { failure: Some(error), ..outcome },
    }
}
