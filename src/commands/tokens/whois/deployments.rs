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

/// The changes that are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// What makes a value refused.
    Revocation,
    Any,
}

/// How far the changes of a function are. The worse, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// They are live.
    Live,
    /// The deployment of one failed, and none carries it.
    Failed,
    UnderWay,
    /// What is said of a deployment is not understood, or nothing is said.
    NotKnown,
}

impl Change {
    /// Whether a deployment may carry it. Why one was started is a word of the platform, so that each
    /// counts of which this is not sure.
    fn may_be_in(self, deployment: &Deployment) -> bool {
        let carries_none = |reason| matches!(reason, "deploy" | "token_created" | "secrets_changed");
        self == Self::Any || !deployment.reason.as_deref().is_some_and(carries_none)
    }
}

/// How far what was changed in a function is.
///
/// # Errors
/// Those of the lists.
pub(super) async fn progress(control: &ControlPlane, slug: &Slug, of: Change) -> Result<Progress, RequestError> {
    let mut pages = control.deployment_pages(slug);
    let (mut worst, mut may_be_in_one, mut is_empty) = (Progress::Live, false, true);
    // The newest stands first. What an older one should have changed, the newest live one carries.
    while let Some(page) = pages.next().await? {
        is_empty &= page.value.is_empty();
        for deployment in page.value.iter().take_while(|it| it.status != DeploymentStatus::Live) {
            // What took the place of one carries its changes, whatever it was started for.
            may_be_in_one |= of.may_be_in(deployment);
            worst = worst.max(alone(deployment));
        }
        if page.value.iter().any(|it| it.status == DeploymentStatus::Live) {
            break;
        }
    }
    // One that was never deployed accepts nothing.
    if is_empty && control.function(slug).await?.value.active_deployment_id.is_some() {
        return Ok(Progress::NotKnown);
    }
    Ok(if may_be_in_one { worst } else { Progress::Live })
}

/// How far a deployment is.
fn alone(deployment: &Deployment) -> Progress {
    match deployment.status {
        DeploymentStatus::Live | DeploymentStatus::Superseded => Progress::Live,
        DeploymentStatus::Failed => Progress::Failed,
        DeploymentStatus::Queued | DeploymentStatus::Building => Progress::UnderWay,
        DeploymentStatus::Other(_) => Progress::NotKnown,
    }
}

/// Why it is not known whether a value is refused that no token has any more, if there is a reason.
pub(super) async fn problem(control: &ControlPlane, slugs: &BTreeSet<&Slug>) -> Option<Error> {
    let asked = futures_util::stream::iter(slugs)
        .map(|slug| async move { (*slug, progress(control, slug, Change::Revocation).await) });
    let asked: Vec<(&Slug, Result<Progress, RequestError>)> = asked.buffered(AT_ONCE).collect().await;
    let (mut failed, mut under_way, mut not_known, mut not_listed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut first = None;
    for (slug, progress) in asked {
        match progress {
            Ok(Progress::Live) => {}
            Ok(Progress::Failed) => failed.push(slug),
            Ok(Progress::UnderWay) => under_way.push(slug),
            Ok(Progress::NotKnown) => not_known.push(slug),
            // One that is gone accepts nothing.
            Err(error) if error.is_absent() && control.function(slug).await.is_err_and(|it| it.is_absent()) => {}
            Err(error) => {
                not_listed.push(slug);
                first.get_or_insert(Error::from(error));
            }
        }
    }
    let (mut parts, mut hints) = (Vec::new(), Vec::new());
    if let Some(first) = &first {
        let slugs = names(not_listed.into_iter());
        parts.push(format!("the deployments of {slugs} could not be listed ({})", first.message()));
    }
    if !not_known.is_empty() {
        let slugs = names(not_known.into_iter());
        parts.push(format!("which deployment of {slugs} is live is not known"));
        hints.push("`jelou deployments list SLUG` shows what is said of them".to_owned());
    }
    if !under_way.is_empty() {
        parts.push(format!("the newest deployment of {} is not live", names(under_way.into_iter())));
        hints.push("`jelou deployments list SLUG` shows it; run it again when it is live".to_owned());
    }
    if !failed.is_empty() {
        parts.push(format!("a deployment of {} failed", names(failed.iter().copied())));
        hints.push(after_failure(failed[0]));
    }
    if parts.is_empty() {
        return None;
    }
    let message = format!("A value that no list has any more may still be accepted: {}", parts.join("; "));
    let error = first.iter().fold(Error::new(ErrorCode::PartialFailure, message), Error::with_hints_of);
    Some(hints.into_iter().fold(error, Error::with_hint))
}

/// How a change becomes live whose deployment failed.
pub(super) fn after_failure(slug: &Slug) -> String {
    format!(
        "the deployment that carries the change failed; the next one that is live carries it: \
         `jelou deploy` in the folder of {slug}, or a change of its secrets, makes one"
    )
}
