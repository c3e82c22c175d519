//! `jelou rollback`: the code of an earlier deployment, with the tokens and secrets of now.

use super::deadline::Deadline;
use super::issuance::held::not_waited;
use super::issuance::undo_report::outcome_unknown;
use super::redeploys::or_signal;
use super::{Context, wait};
use crate::api::wire::{Deployment, DeploymentStatus, Id, Slug};
use crate::api::{ControlPlane, IdempotencyKey};
use crate::cli::rollback::Args;
use crate::error::Error;
use crate::output::{Line, Outcome, prompt, sanitise};

/// What names the action where nobody can be asked.
const ACTION: &str = "Rolling back";

/// How many deployments the menu offers: what fits on a terminal of 24 lines with what is around it.
const OFFERED: usize = 15;

/// Confirms, then rolls a function back.
///
/// # Errors
/// `INPUT_ERROR` before any request if no deployment is named and nobody can be asked. `NOT_LIVE` if
/// it was waited for and the redeploy failed.
pub(crate) async fn run(cx: &Context, args: &Args) -> Result<Outcome, Error> {
    let (function, target) = args.of.sorted()?;
    if target.is_none() && !cx.interactivity.can_prompt {
        let list = function.slug.as_ref().map_or_else(String::new, |slug| format!(" {slug}"));
        return Err(Error::input("The deployment to go back to is missing (DEPLOYMENT, `dep_…`)")
            .with_hint(format!("`jelou deployments list{list}` shows them")));
    }
    let asks = cx.interactivity.needs_confirmation(ACTION)?;
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let target = match target {
        None => pick(cx, &control, &slug).await?,
        Some(id) if asks => control.deployment(&slug, &id).await?.0,
        Some(id) => return roll_back(cx, args, &control, &slug, &id).await,
    };
    cx.confirm(ACTION, &format!("Roll {slug} back to {}?", described(cx, &target)))?;
    roll_back(cx, args, &control, &slug, &target.id).await
}

/// Lets a person pick one that was live and is not what the function runs.
async fn pick(cx: &Context, control: &ControlPlane, slug: &Slug) -> Result<Deployment, Error> {
    let active = control.function(slug).await?.value.active_deployment_id;
    let mut offered = Vec::new();
    for deployment in control.deployments(slug).await?.value {
        if Some(&deployment.id) == active.as_ref() {
            cx.output.say(&format!("Active: {}", described(cx, &deployment)));
        } else if was_live(&deployment) && brought_code(&deployment) && offered.len() < OFFERED {
            offered.push(deployment);
        }
    }
    if offered.is_empty() {
        return Err(Error::input(format!("{slug} has no earlier deployment that was live"))
            .with_hint(format!("`jelou deployments list {slug}` shows them all")));
    }
    let shown: Vec<String> =
        offered.iter().map(|deployment| sanitise::clean(&described(cx, deployment)).into_owned()).collect();
    let index = prompt::pick("Roll back to which deployment", &shown)?;
    Ok(offered.swap_remove(index))
}

/// Whether it ran once: the platform goes back to no other.
fn was_live(deployment: &Deployment) -> bool {
    match deployment.status {
        DeploymentStatus::Live => true,
        DeploymentStatus::Superseded => deployment.live_at.is_some(),
        _ => false,
    }
}

/// Whether it is not one of the many redeploys of the same code that changes of tokens and secrets
/// start.
fn brought_code(deployment: &Deployment) -> bool {
    deployment.reason.as_deref().is_none_or(|reason| matches!(reason, "deploy" | "rollback"))
}

/// `dep_1 (live, deploy, 4/5/2026, 9:00:00 AM)`
fn described(cx: &Context, deployment: &Deployment) -> String {
    let reason = deployment.reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
    let when = cx.times.show(deployment.created_at);
    format!("{} ({}{reason}, {when})", deployment.id, deployment.status.as_str())
}

/// Sends it, and waits for the redeploy or says that nobody did.
async fn roll_back(
    cx: &Context,
    args: &Args,
    control: &ControlPlane,
    slug: &Slug,
    target: &Id,
) -> Result<Outcome, Error> {
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    cx.interrupts.receive()?;
    cx.ledger.if_interrupted(Some(format!(
        "The rollback to {target} may have happened: look with `jelou deployments list {slug}`"
    )));
    let reply = control.roll_back(slug, target, &key).await;
    let reply = reply.map_err(|error| {
        outcome_unknown(error, target.as_str(), &key, &format!("look with `jelou deployments list {slug}`"))
    })?;
    cx.ledger.if_interrupted(None);
    let mut deployment = reply.value;
    let mut failure = None;
    if args.wait {
        let ids = [deployment.id.to_string()];
        let waiting = wait::deployment(cx, control, slug, &mut deployment, None, Deadline::of(cx));
        failure = or_signal(cx, &ids, waiting).await.err();
    } else if deployment.is_under_way() {
        cx.warn(not_waited(&deployment, "The function runs that code"));
    } else {
        failure = wait::failed(&deployment);
    }
    let (id, is_under_way) = (deployment.id.clone(), deployment.is_under_way());
    let mut outcome = Outcome::changed_by(deployment, vec![id.to_string()])
        .line(Line::Done(format!("Rolled back to {target}")))
        .quiet(vec![id.to_string()])
        .request_id(reply.request_id);
    if is_under_way {
        outcome = outcome.next(format!("jelou deployments wait {slug} {id}"), "wait until it counts");
    }
    outcome.failure = failure;
    Ok(outcome)
}
