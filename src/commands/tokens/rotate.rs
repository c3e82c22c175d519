//! `jelou tokens rotate`: a new value, and no moment without a valid one.
//!
//! Create beside the old one → prove that it is live → hand over → retire the old one. If anything fails before the old one
//! is touched, the new one is revoked and nothing has changed. The proof comes before the sinks, since whoever reads a file
//! or a secret uses the new value at once. From the moment the old one is touched nothing is undone any more.

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;

use super::create::key;
use super::issue::{Waiting, issue_proved, not_handed_over};
use crate::api::wire::{RotateToken, Token, UpdateToken};
use crate::api::{ControlPlane, IdempotencyKey};
use crate::cli::tokens::Rotate;
use crate::commands::handover::{Handover, finish, settle};
use crate::commands::mint::{MintRequest, Minting};
use crate::commands::wait::Patience;
use crate::commands::{Context, target};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

/// How a rotation goes.
pub struct Rotation {
    /// The command that asked for it.
    pub command: &'static str,
    /// The key of the request.
    pub key: IdempotencyKey,
    /// How long the old value stays once the new one is proved.
    pub grace: Option<Duration>,
    /// After how many seconds the new token stops being accepted by itself.
    pub expires_in_seconds: Option<u64>,
}

/// Finds the token and rotates it.
///
/// # Errors
/// Every error of the table; a new token that could not be handed over or proved is still owed.
pub async fn run(cx: &Context, args: &Rotate) -> Result<Outcome, Error> {
    target::check_repeatable(&args.token, args.idempotency_key.as_ref())?;
    let plan = Rotation {
        command: "tokens rotate",
        key: key(args.idempotency_key.as_ref()),
        grace: args.grace,
        expires_in_seconds: None,
    };
    let control = cx.control()?;
    let handover = Handover::prepare(cx, &control, &args.delivery).await?;
    let old = target::current(&control, &args.slug, &args.token).await?;
    rotate(cx, &control, &old, &handover, plan).await
}

/// Rotates a token.
///
/// # Errors
/// As [`run`].
pub async fn rotate(
    cx: &Context,
    control: &ControlPlane,
    old: &Token,
    handover: &Rc<Handover>,
    plan: Rotation,
) -> Result<Outcome, Error> {
    let slug = &old.function;
    let waiting = Waiting { control, gateway: cx.gateway(slug)? };
    let minting = Minting {
        control: control.clone(),
        slug: slug.clone(),
        name: old.name.clone(),
        key: plan.key,
        again: Some(format!("jelou tokens rotate {slug} {}", old.id)),
        request: MintRequest::Rotate(
            old.id.clone(),
            RotateToken { grace_seconds: None, expires_in_seconds: plan.expires_in_seconds },
        ),
    };
    let minted = minting.run(cx).await?;
    let patience = Patience::of(cx);
    let issued = issue_proved(cx, minted, handover, &waiting, patience).await.map_err(|error| match error.code() {
        ErrorCode::NotLive => not_handed_over(&error, "the old value stays valid; nothing has changed for its users"),
        _ => error,
    })?;
    let mut ends_at = None;
    if let Some(grace) = plan.grace {
        ends_at = Some(shorten(cx, control, old, grace).await?);
    }
    let token = issued.minted.value.clone();
    let mut data = issued.data();
    let mut outcome = issued.outcome(format!("Rotated token \"{}\"", old.name), handover.prints());
    // What is printed before the old one is retired cannot say how that went.
    let revoked = if plan.grace.is_some() { Some(false) } else { (!handover.prints()).then_some(true) };
    data["replaces"] = json!({ "id": old.id, "expires_at": ends_at, "revoked": revoked });
    outcome.data = data;
    if let Some(ends_at) = ends_at {
        outcome = outcome.line(Line::Field("Old value", format!("accepted until {ends_at}")));
        return finish(cx, plan.command, handover, token, outcome).await;
    }
    let prints = handover.prints();
    if prints {
        outcome = finish(cx, plan.command, handover, token, outcome).await?;
    } else {
        settle(cx, handover).await;
    }
    cx.on_interrupt(format!("The old token {} is still accepted; {}", old.id, how_to_revoke(old)));
    let retired = match handover.wait_for_secrets(cx, control, patience).await {
        Ok(()) => retire(cx, control, old).await,
        Err(error) => Err(error.with_hint(format!("the old token is kept; once that is live, {}", how_to_revoke(old)))),
    };
    cx.on_interrupt(String::new());
    if let Err(error) = retired {
        outcome.data["replaces"]["revoked"] = false.into();
        outcome.error = Some(error);
    }
    Ok(outcome)
}

fn how_to_revoke(old: &Token) -> String {
    format!("revoke it with `jelou tokens revoke {} {} -y`", old.function, old.id)
}

/// Gives the old token an end, which the pending token remembers how to take back.
async fn shorten(cx: &Context, control: &ControlPlane, old: &Token, grace: Duration) -> Result<jiff::Timestamp, Error> {
    let end = control.server_time().checked_add(grace);
    let end = end.map_err(|cause| Error::input("`--grace` is too long").caused_by(cause))?;
    let end = old.expires_at.map_or(end, |earlier| earlier.min(end));
    cx.pending.shortening(&old.id, old.expires_at);
    let change = UpdateToken { status: None, expires_at: Some(Some(end)), expires_in_seconds: None };
    control.update_token(&old.function, &old.id, &change).await?;
    Ok(end)
}

/// Revokes the old token, now that the new one is proved and handed over.
async fn retire(cx: &Context, control: &ControlPlane, old: &Token) -> Result<(), Error> {
    match control.revoke_token(&old.function, &old.id).await {
        Ok(reply) => {
            if let Some(revoked) = reply.value {
                cx.warn(Warning::new(
                    "NOT_YET_LIVE",
                    format!("The old value is refused once the redeploy {} is live", revoked.deployment.id),
                ));
            }
            Ok(())
        }
        Err(error) if error.code() == ErrorCode::NotFound => {
            let message = format!("The old token {} was not found when it was to be revoked", old.id);
            cx.warn(Warning::new("OLD_TOKEN_NOT_FOUND", message));
            Ok(())
        }
        Err(error) => Err(Error::new(
            ErrorCode::PartialFailure,
            format!(
                "The new value is handed over and live, but the old token {} could not be revoked: {}",
                old.id,
                error.error().message()
            ),
        )
        .answered_like(error.error())
        .with_hint(how_to_revoke(old))),
    }
}
