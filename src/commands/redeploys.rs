//! The redeploys that a change has started: waiting for them, or saying that nobody did.

use std::cell::RefCell;
use std::collections::HashSet;

use super::Context;
use super::deadline::Deadline;
use super::issuance::held::not_waited;
use super::wait;
use crate::api::ControlPlane;
use crate::api::wire::{Deployment, Id, Slug};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;
use crate::warning::Warning;

/// The redeploys that changes have started, each once: a platform that coalesces changes names one of
/// them for thousands. If nobody waits for them, only those are kept that are spoken of.
pub(super) struct Redeploys {
    wait: bool,
    seen: RefCell<HashSet<Id>>,
    kept: RefCell<Vec<Deployment>>,
}

impl Redeploys {
    /// Whether they are waited for is known before they are.
    pub(super) fn to_come(wait: bool) -> Self {
        Self { wait, seen: RefCell::default(), kept: RefCell::default() }
    }

    /// Adds the one that an answer names.
    pub(super) fn add(&self, deployment: Deployment) {
        if !self.seen.borrow_mut().insert(deployment.id.clone()) {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        let is_kept = if self.wait {
            true
        } else if deployment.is_under_way() {
            // Of those that are under way, the last one.
            kept.retain(|earlier| !earlier.is_under_way());
            true
        } else {
            // Of those that failed, the first one.
            wait::failed(&deployment).is_some() && !kept.iter().any(|earlier| wait::failed(earlier).is_some())
        };
        if is_kept {
            kept.push(deployment);
        }
    }
}

/// Waits for deployments of these ids, whose change is stored already.
///
/// # Errors
/// Those of the wait, and `PARTIAL_FAILURE` if a signal ends it.
pub(super) async fn or_signal(
    cx: &Context,
    ids: &[String],
    wait: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let signals = cx.interrupts.take()?;
    tokio::select! {
        waited = wait => waited,
        signal = signals.next() => {
            let message = format!("Interrupted while waiting for {}; the change is stored", ids.join(", "));
            Err(Error::new(ErrorCode::PartialFailure, message).with_signal(signal.as_raw()))
        }
    }
}

/// Waits for redeploys, or warns that nobody did; one that has failed already is `NOT_LIVE` both
/// ways. `effect` begins that warning: `Clients using it are refused`.
pub(super) async fn wait_or_warn(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    redeploys: Redeploys,
    outcome: Outcome,
    effect: &str,
) -> Outcome {
    wait_until_or_warn(cx, control, slug, redeploys, outcome, effect, Deadline::of(cx)).await
}

/// The same until a deadline.
pub(super) async fn wait_until_or_warn(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    redeploys: Redeploys,
    outcome: Outcome,
    effect: &str,
    deadline: Deadline,
) -> Outcome {
    let (wait, redeploys) = (redeploys.wait, redeploys.kept.into_inner());
    let is_interrupted = outcome.failure.as_ref().is_some_and(|failure| failure.signal().is_some());
    if !wait || is_interrupted {
        let under_way = redeploys.iter().rfind(|deployment| deployment.is_under_way());
        let outcome = match (redeploys.iter().find_map(wait::failed), under_way) {
            (Some(error), _) => with_failure(cx, outcome, error),
            (None, Some(last)) => {
                cx.warn(not_waited(last, effect));
                outcome
            }
            (None, None) => outcome,
        };
        return match under_way {
            Some(last) => outcome.next(format!("jelou deployments wait {slug} {}", last.id), "wait until it counts"),
            None => outcome,
        };
    }
    let ids: Vec<String> = redeploys.iter().map(|deployment| deployment.id.to_string()).collect();
    match or_signal(cx, &ids, wait::deployments(cx, control, slug, redeploys, deadline)).await {
        Ok(()) => outcome,
        Err(error) if error.signal().is_some() => Outcome { failure: Some(error), ..outcome },
        Err(error) => with_failure(cx, outcome, error),
    }
}

/// What is not live is why it failed; beside another reason, a warning.
fn with_failure(cx: &Context, outcome: Outcome, error: Error) -> Outcome {
    if outcome.failure.is_some() {
        cx.warn(Warning::new("NOT_LIVE", error.message()));
        return outcome;
    }
    Outcome { failure: Some(error), ..outcome }
}
