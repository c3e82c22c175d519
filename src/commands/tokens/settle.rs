//! Once something was changed: waiting for its redeploys, or saying that nobody did.

use std::collections::HashSet;

use super::issue::not_waited;
use crate::api::ControlPlane;
use crate::api::wire::{Deployment, DeploymentStatus, Slug};
use crate::commands::Context;
use crate::commands::wait::{self, Patience};
use crate::output::{Breadcrumb, Outcome};
use crate::warning::Warning;

/// Waits for the redeploys of a change, or says that nobody did.
pub async fn settle(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    mut redeploys: Vec<Deployment>,
    wait: bool,
    outcome: &mut Outcome,
    effect: &str,
) {
    let mut seen = HashSet::new();
    redeploys.retain(|deployment| seen.insert(deployment.id.clone()));
    if !wait {
        if let Some(last) = redeploys.iter().rfind(|deployment| deployment.status != DeploymentStatus::Live) {
            cx.warn(not_waited(last, effect));
            let command = format!("jelou deployments wait {slug} {}", last.id);
            outcome.breadcrumbs.push(Breadcrumb::new(command, "wait until it counts"));
        }
        return;
    }
    let patience = Patience::of(cx);
    if let Err(error) = wait::deployments(cx, control, slug, redeploys, patience).await {
        if outcome.error.is_some() {
            cx.warn(Warning::new("NOT_LIVE", error.message()));
        } else {
            outcome.error = Some(error);
        }
    }
}
