//! Whether what the lists of tokens say counts at the gateway already: a change counts once its
//! deployment is live.

use std::collections::BTreeSet;

use futures_util::StreamExt;

use super::names;
use crate::api::wire::{Deployment, DeploymentStatus, Slug};
use crate::api::{ControlPlane, RequestError};
use crate::commands::bulk::AT_ONCE;
use crate::error::Error;
use crate::exit::ErrorCode;

/// Whether the newest deployments of a function are live.
///
/// # Errors
/// Those of the list.
pub(super) async fn are_live(control: &ControlPlane, slug: &Slug) -> Result<bool, RequestError> {
    let newest = control.deployment_pages(slug).next().await?;
    Ok(newest.is_none_or(|page| !is_open(&page.value)))
}

/// Whether one is under way, or failed after the last one that became live. The newest stands first.
fn is_open(deployments: &[Deployment]) -> bool {
    let is_to_come = |it: &Deployment| matches!(it.status, DeploymentStatus::Queued | DeploymentStatus::Building);
    let since_live = deployments.iter().take_while(|it| it.status != DeploymentStatus::Live);
    deployments.iter().any(is_to_come) || since_live.into_iter().any(|it| it.status == DeploymentStatus::Failed)
}

/// Why it is not known whether a value is refused that no token has any more, if there is a reason.
pub(super) async fn problem(control: &ControlPlane, slugs: &BTreeSet<&Slug>) -> Option<Error> {
    let asked = futures_util::stream::iter(slugs).map(|slug| async move { (*slug, are_live(control, slug).await) });
    let asked: Vec<(&Slug, Result<bool, RequestError>)> = asked.buffered(AT_ONCE).collect().await;
    let (mut open, mut not_known, mut first) = (Vec::new(), Vec::new(), None);
    for (slug, are_live) in asked {
        match are_live {
            Ok(true) => {}
            Ok(false) => open.push(slug),
            // One that is gone accepts nothing.
            Err(error) if error.is_absent() && control.function(slug).await.is_err_and(|it| it.is_absent()) => {}
            Err(error) => {
                not_known.push(slug);
                first.get_or_insert(Error::from(error));
            }
        }
    }
    let problem = |parts: &str| {
        let message = format!("A value that no list has any more may still be accepted: {parts}");
        Error::new(ErrorCode::PartialFailure, message)
    };
    if let Some(first) = first {
        let parts =
            format!("the deployments of {} could not be listed ({})", names(not_known.into_iter()), first.message());
        return Some(problem(&parts).with_hints_of(&first));
    }
    if open.is_empty() {
        return None;
    }
    let parts = format!("the newest deployment of {} is not live", names(open.into_iter()));
    Some(problem(&parts).with_hint("`jelou deployments list SLUG` shows it; run it again when it is live"))
}
