//! Revoking the tokens whose values were found. What is not proven to be a value's token stays.

use std::collections::BTreeMap;

use rustix::process::Signal;

use super::deployments::{self, Change, Progress};
use super::report::FoundToken;
use super::resolved::{Resolved, Sureness};
use crate::api::ControlPlane;
use crate::api::wire::{Id, Slug, TokenStatus};
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Subject, Wording};
use crate::commands::deadline::Deadline;
use crate::commands::redeploys::{Redeploys, wait_until_or_warn};
use crate::commands::tokens::named_tokens::refused;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Effect, Outcome};
use crate::warning::Warning;

pub(super) const WORDING: Wording =
    Wording { again: "run it again with the same text", ..super::super::revoke::WORDING };

/// A token to be revoked, by its place among those that were found.
struct Target {
    place: usize,
    function: Slug,
    id: Id,
    name: String,
    prefix: String,
}

impl Subject for Target {
    fn item(&self) -> Item {
        Item::done(&self.prefix, Some(self.id.as_str()), Some(&self.name), "revoked")
    }
}

/// What became of the tokens.
pub(super) struct Revoked {
    /// The places of those that were to be revoked, and what became of each.
    pub(super) items: Vec<(usize, Item)>,
    /// What was changed, and why that is not all.
    pub(super) outcome: Outcome,
}

/// Revokes every token that is surely a value's, and reports on each that is found and not expired.
/// Deployments are waited for until a deadline, if there is one.
///
/// # Errors
/// The one that all have.
pub(super) async fn revoke(
    cx: &Context,
    control: &ControlPlane,
    found: &[Resolved],
    until: Option<Deadline>,
) -> Result<Revoked, Error> {
    let mut targets = Vec::new();
    let mut kept = Vec::new();
    for (place, resolved) in found.iter().enumerate() {
        let token = &resolved.token;
        if token.status == TokenStatus::Expired {
            continue;
        }
        match why_not(control, resolved).await {
            None => targets.push(Target {
                place,
                function: token.function.clone(),
                id: token.id.clone(),
                name: token.name.clone(),
                prefix: token.prefix.clone(),
            }),
            Some(error) => {
                kept.push((place, Item::failed(&token.prefix, Some(token.id.as_str()), Some(&token.name), error)));
            }
        }
    }
    let places: Vec<usize> = targets.iter().map(|target| target.place).collect();
    let (done, signal, redeploys) = each(cx, control, targets, until.is_some()).await?;
    let mut items: Vec<(usize, Item)> = places.into_iter().zip(done).collect();
    let outcome = Outcome { failure: failure(found, &items, &kept, signal), ..Outcome::changed(()) };
    let what = items.iter().filter(|(_, item)| item.is_done()).map(|(_, item)| item.label()).collect();
    let mut outcome = Outcome { effect: Effect::Changed { what }, ..outcome };
    for (slug, redeploys) in redeploys {
        let deadline = until.unwrap_or_else(|| Deadline::of(cx));
        let effect = "Clients using it are refused";
        outcome = wait_until_or_warn(cx, control, &slug, redeploys, outcome, effect, deadline).await;
    }
    items.append(&mut kept);
    items.sort_by_key(|(place, _)| *place);
    Ok(Revoked { items, outcome })
}

type OfEach = (Vec<Item>, Option<Signal>, BTreeMap<Slug, Redeploys>);

async fn each(cx: &Context, control: &ControlPlane, targets: Vec<Target>, wait: bool) -> Result<OfEach, Error> {
    let redeploys: BTreeMap<Slug, Redeploys> =
        targets.iter().map(|target| (target.function.clone(), Redeploys::to_come(wait))).collect();
    let unseen = std::cell::Cell::new(false);
    let done = bulk::each(cx, "Revoking tokens", targets, async |target: Target| {
        let Target { function, id, name, prefix, .. } = target;
        let item = |status| Item::done(&prefix, Some(id.as_str()), Some(&name), status);
        match control.revoke_token(&function, &id).await {
            Ok(reply) => {
                unseen.set(unseen.get() || reply.value.is_none());
                if let (Some(revoked), Some(redeploys)) = (reply.value, redeploys.get(&function)) {
                    redeploys.add(revoked.deployment);
                }
                item("revoked")
            }
            Err(error) if error.is_absent() => item("missing"),
            Err(error) => {
                let error = refused(error.into(), &function, Some(&id));
                Item::failed(&prefix, Some(id.as_str()), Some(&name), error)
            }
        }
    })
    .await?;
    if unseen.get() {
        let message = "An answer was lost or had no body, so its deployment is not known and is not waited for";
        cx.warn(Warning::new("REDEPLOY_UNSEEN", message));
    }
    let (items, signal) = done.into_parts();
    Ok((items, signal, redeploys))
}

/// Why not all are revoked.
fn failure(
    found: &[Resolved],
    items: &[(usize, Item)],
    kept: &[(usize, Item)],
    signal: Option<Signal>,
) -> Option<Error> {
    if kept.is_empty()
        && signal.is_none()
        && let [(place, item)] = items
    {
        let error = item.error()?;
        let slug = &found[*place].token.function;
        let message = format!("{} of {slug} could not be revoked: {}", item.label(), error.message());
        return Some(Error::new(error.code(), message).answered_like(error).with_hints_of(error));
    }
    let all: Vec<&Item> = items.iter().chain(kept).map(|(_, item)| item).collect();
    match signal {
        Some(signal) => Some(bulk::interrupted(&all, signal, WORDING)),
        None if !kept.is_empty() => bulk::in_part(&all, WORDING),
        None => bulk::failure(&all, WORDING).unwrap_or_else(Some),
    }
}

/// Why a token is kept: nothing proves that it is a value's.
async fn why_not(control: &ControlPlane, found: &Resolved) -> Option<Error> {
    let token = &found.token;
    let problem = match &found.sureness {
        Sureness::Sure => return None,
        Sureness::Refused => match deployments::progress(control, &token.function, Change::Any).await {
            Ok(Progress::Live) | Err(_) => {
                "The gateway refuses the value, so it is another one's, or was cut off or changed in the text"
                    .to_owned()
            }
            Ok(open) => return Some(not_live_yet(open, &token.function)),
        },
        Sureness::NotAsked => {
            "The gateway could not be asked about each value with its prefix, so none is proven to be its own"
                .to_owned()
        }
        Sureness::NotAllListed => {
            "Not all functions could be listed, so another token may have the same prefix".to_owned()
        }
        Sureness::OneOf(count) => format!("{count} tokens have that prefix, and the gateway cannot tell them apart"),
    };
    let error = Error::new(ErrorCode::ApiError, problem);
    Some(
        error.with_hint(format!("if it is that one, `jelou tokens revoke {} {}` revokes it", token.function, token.id)),
    )
}

/// Why a token is kept whose refusal proves nothing, for the gateway may not know it yet.
fn not_live_yet(open: Progress, function: &Slug) -> Error {
    let (what, hint) = match open {
        Progress::Failed => ("a deployment of the function failed", deployments::after_failure(function)),
        Progress::Live | Progress::UnderWay => (
            "a deployment of the function is under way",
            "run it again with the same text when it is live: `jelou deployments list` shows it".to_owned(),
        ),
        Progress::NotKnown => (
            "which deployment of the function is live is not known",
            format!("`jelou deployments list {function}` shows what is said of them"),
        ),
    };
    let message = format!("The gateway refuses the value, but {what}");
    Error::new(ErrorCode::ApiError, message).with_hint(hint)
}

/// Says in each what became of it.
pub(super) fn tell(rows: &mut [FoundToken], items: Vec<(usize, Item)>) {
    for (place, item) in items {
        let (status, error) = item.into_parts();
        (rows[place].status, rows[place].is_replaced) = (Some(status.to_owned()), false);
        rows[place].error = error;
    }
}
