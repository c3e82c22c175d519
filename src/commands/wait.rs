//! Waiting until a deployment is live.
//!
//! It is polled with growing pauses, or as often as the server's `Retry-After` asks for. `live` and
//! `failed` end the wait, `superseded` goes on with the successor, an unknown status is polled on.
//! What is not live in time is `NOT_LIVE`: the change is stored, and the error says so.

use std::collections::HashSet;
use std::time::Duration;

use super::context::Context;
use super::deadline::{Deadline, FIRST_PAUSE, LONGEST_PAUSE, SHORTEST_PAUSE, longer, not_live};
use crate::api::ControlPlane;
use crate::api::wire::{Deployment, DeploymentStatus, Id, Slug};
use crate::error::Error;
use crate::output::progress::Progress;

/// Waits until a deployment is live; `current` is always what was last seen of it, or of its
/// successor. `asked_pause` is what the server asked for when it was seen.
///
/// # Errors
/// `NOT_LIVE` if it failed, vanished, or was not live in time.
pub(crate) async fn deployment(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    current: &mut Deployment,
    asked_pause: Option<Duration>,
    deadline: Deadline,
) -> Result<(), Error> {
    follow(cx, control, slug, current, asked_pause, deadline, &mut HashSet::new()).await
}

/// Waits until many deployments are live. What one was superseded by is followed once, however many
/// lead there.
///
/// # Errors
/// As [`deployment`], for the first of them.
pub(crate) async fn deployments(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    all: Vec<Deployment>,
    deadline: Deadline,
) -> Result<(), Error> {
    let mut seen_live = HashSet::new();
    for mut current in all {
        follow(cx, control, slug, &mut current, None, deadline, &mut seen_live).await?;
    }
    Ok(())
}

/// The error of a deployment that has failed, however that was seen; nothing of any other.
pub(crate) fn failed(deployment: &Deployment) -> Option<Error> {
    (deployment.status == DeploymentStatus::Failed).then(|| {
        let why = deployment.error.as_deref().unwrap_or("no reason given");
        not_live(format!("The deployment {} failed: {why}", deployment.id))
            .with_hint("the change is stored; it counts with the next deployment that becomes live")
    })
}

/// Waits until a deployment is live or leads to one of `seen_live`, and adds the way to them.
async fn follow(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    current: &mut Deployment,
    mut asked_pause: Option<Duration>,
    deadline: Deadline,
    seen_live: &mut HashSet<Id>,
) -> Result<(), Error> {
    let waiting = |id: &Id| format!("Waiting for deployment {id} of {slug}, at most {}", deadline.length());
    let progress = spinner(cx, &waiting(&current.id));
    let mut pause = FIRST_PAUSE;
    let mut passed = HashSet::new();
    while !seen_live.contains(&current.id) {
        if let Some(error) = failed(current) {
            return Err(error);
        }
        match &current.status {
            DeploymentStatus::Live => break,
            DeploymentStatus::Superseded => {
                passed.insert(current.id.clone());
                let next = current.superseded_by.clone().filter(|next| !passed.contains(next));
                let Some(next) = next else {
                    return Err(not_live(format!(
                        "The deployment {} was superseded, and nothing says by which",
                        current.id
                    ))
                    .with_hint(format!("`jelou deployments list {slug}` shows those that followed")));
                };
                progress.say(&waiting(&next));
                pause_for(slug, &next, SHORTEST_PAUSE, deadline).await?;
                (*current, asked_pause) = look(control, slug, &next, deadline).await?;
                continue;
            }
            _ => {}
        }
        pause_for(slug, &current.id, asked_pause.unwrap_or(pause), deadline).await?;
        pause = longer(pause);
        (*current, asked_pause) = look(control, slug, &current.id, deadline).await?;
    }
    seen_live.extend(passed);
    seen_live.insert(current.id.clone());
    Ok(())
}

/// Pauses before a deployment is looked at again.
async fn pause_for(slug: &Slug, id: &Id, length: Duration, deadline: Deadline) -> Result<(), Error> {
    deadline.pause(length, &was_not_live(id)).await.map_err(|missed| missed.with_hint(how_to_go_on(slug, id, deadline)))
}

fn was_not_live(id: &Id) -> String {
    format!("The deployment {id} was not live")
}

/// The command that goes on with a wait that was too short.
fn how_to_go_on(slug: &Slug, id: &Id, deadline: Deadline) -> String {
    format!("go on with `jelou deployments wait {slug} {id} --timeout {}`", deadline.longer())
}

/// Looks at a deployment. A lost connection, a 429 or a 5xx is no reason to give up before the
/// deadline.
async fn look(
    control: &ControlPlane,
    slug: &Slug,
    id: &Id,
    deadline: Deadline,
) -> Result<(Deployment, Option<Duration>), Error> {
    loop {
        let asked = deadline.within(control.deployment(slug, id), &was_not_live(id)).await;
        match asked.map_err(|missed| missed.with_hint(how_to_go_on(slug, id, deadline)))? {
            Ok(found) => return Ok(found),
            Err(error) if error.is_retryable() => pause_for(slug, id, LONGEST_PAUSE, deadline).await?,
            Err(error) => {
                let error = error.into_error();
                let message = format!("The deployment {id} could not be followed: {}", error.message());
                return Err(not_live(message).answered_like(&error).with_hint(format!(
                    "the change is stored; `jelou deployments list {slug}` shows whether it is live"
                )));
            }
        }
    }
}

/// Shows what is waited for until the result is dropped.
pub(super) fn spinner(cx: &Context, message: &str) -> Progress {
    if cx.output.shows_progress() {
        // By its default effect a signal would leave the spinner on the screen. Where signals cannot
        // be received, that is what happens.
        let _ = cx.interrupts.receive();
        return Progress::spinner(message);
    }
    if cx.output.tells_progress() {
        cx.output.say(message);
    }
    Progress::hidden()
}
