//! `jelou tokens rotate`: a new value, and no moment without a valid one.
//!
//! Create beside the old one → prove that it is live → deliver → retire the old one. If anything
//! fails before the old one is touched, the new one is revoked and nothing has changed. The proof
//! comes before the sinks, since programs that read a file or a secret use the new value at once.
//! Once the old one is being retired nothing is undone. Nor is a value that is stored already where
//! a grace cannot be given: what a command has stored it cannot forget.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::again;
use crate::api::wire::{Deployment, RotateToken, Slug, Token, UpdateToken};
use crate::api::{ControlPlane, IdempotencyKey};
use crate::cli::tokens::Rotate;
use crate::commands::deadline::Deadline;
use crate::commands::issuance::held::{DeliveredToken, Handled};
use crate::commands::issuance::request::{OldToken, whole_seconds};
use crate::commands::issuance::sinks::{Sinks, Unprintable};
use crate::commands::issuance::{Custody, IssueRequest, Replaced, Until};
use crate::commands::{Completion, Context, current_token, wait};
use crate::duration;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::times::TimeStyle;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

/// How a rotation goes.
pub(super) struct Plan {
    pub(super) key: IdempotencyKey,
    /// How long the old value stays once the new one is delivered.
    pub(super) grace: Option<Duration>,
    /// After how many seconds the new token expires; nothing for as long as the old one was to
    /// live.
    pub(super) expires_in_seconds: Option<u64>,
    /// What else the command line said.
    pub(super) flags: String,
}

/// Finds the token and rotates it.
pub(crate) async fn run(cx: &Context, args: &Rotate) -> Result<Completion, Error> {
    let (function, token) = args.of.sorted()?;
    let key = current_token::key_for(&token, args.idempotency_key.as_ref())?;
    if args.grace.is_some_and(|grace| grace.is_zero()) {
        return Err(Error::input("`--grace` is zero").with_hint("leave it out to end the old value at once"));
    }
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let sinks = cx.sinks(&control, &args.delivery, Unprintable::Refuse).await?;
    let old = current_token::find(&control, &slug, &token).await?;
    let flags = again::flags(&args.delivery, false, args.grace);
    rotate(cx, &control, &old, &sinks, Plan { key, grace: args.grace, expires_in_seconds: None, flags }).await
}

/// Rotates a token.
pub(super) async fn rotate(
    cx: &Context,
    control: &ControlPlane,
    old: &Token,
    sinks: &Rc<Sinks>,
    plan: Plan,
) -> Result<Completion, Error> {
    let until = Until::of(cx, control, &old.function)?;
    current_token::warn_of_successor(cx, old);
    let body = RotateToken { grace_seconds: None, expires_in_seconds: plan.expires_in_seconds };
    let request = IssueRequest::rotate(control, old, body, plan.key).asked_with(&plan.flags);
    let token = Custody::open(cx, request, sinks)?.obtain().await.issued()?.mask().await?;
    let token = token.prove(&until).await.map_err(|error| match error.code() {
        ErrorCode::NotLive => not_delivered(&error, "the old value stays valid; nothing has changed for its users"),
        _ => error,
    })?;
    let token = token.deliver().await?;
    let deadline = Deadline::of(cx);
    if let Some(grace) = plan.grace {
        let live = secrets_are_live(cx, control, token.secret_redeploys(), deadline).await;
        let ended = match live {
            Ok(()) => give_an_end(cx, control, old, grace).await,
            Err(error) => Err(error),
        };
        let (end, failure) = match ended {
            Ok(end) => (Some(end), None),
            // Nobody has the new value yet: it is taken back.
            Err(error) if !token.is_stored() || error.code() == ErrorCode::InputError => return Err(error),
            Err(error) => (None, Some(not_ended(old, grace, &error))),
        };
        let failure = Cell::new(failure);
        return token
            .print(|token| {
                let mut outcome = outcome(&cx.times, token, old, end, Some(false));
                outcome.failure = outcome.failure.or(failure.take());
                outcome
            })
            .await;
    }
    let secret_redeploys = token.secret_redeploys();
    // What is printed before the old token is retired cannot say how that went.
    let (delivered, completion) =
        match token.print_or_commit(|token| outcome(&cx.times, token, old, None, None)).await? {
            Handled::Printed(completion) => (None, completion),
            Handled::Committed(token) => (Some(token), Completion::Printed { failure: None }),
        };
    cx.ledger.if_interrupted(Some(format!("The old token {} is still accepted; {}", old.id, how_to_revoke(old))));
    let retired = match secrets_are_live(cx, control, secret_redeploys, deadline).await {
        Ok(()) => retire(cx, control, old).await,
        Err(error) => Err(not_retired(old, &error, format!("once that is live, {}", how_to_revoke(old)))),
    };
    cx.ledger.if_interrupted(None);
    Ok(match delivered {
        None => match retired {
            Ok(None) => completion,
            Ok(Some(error)) | Err(error) => Completion::Printed { failure: Some(error) },
        },
        Some(token) => {
            let mut outcome = outcome(&cx.times, token, old, None, Some(retired.is_ok()));
            outcome.failure = retired.unwrap_or_else(Some);
            Completion::Print(outcome)
        }
    })
}

fn outcome(
    times: &TimeStyle,
    token: DeliveredToken<Token>,
    old: &Token,
    end: Option<Timestamp>,
    revoked: Option<bool>,
) -> Outcome {
    let created = token.info.created_at;
    let replaces = Replaced { id: old.id.clone(), expires_at: end, revoked };
    let outcome = token.outcome(times, format!("Rotated token \"{}\"", old.name), Some(replaces));
    match end {
        Some(end) => outcome.line(Line::Field("Old value", format!("expires {}", times.counted_from(created, end)))),
        None => outcome,
    }
}

/// The error of a token that is not delivered because it is not live. `NOT_LIVE` would say that it
/// was delivered.
pub(super) fn not_delivered(not_live: &Error, hint: &str) -> Error {
    let message = format!("The new token is not delivered: {}", not_live.message());
    Error::new(ErrorCode::DeliveryError, message).answered_like(not_live).with_hint(hint)
}

fn how_to_revoke(old: &Token) -> String {
    format!("revoke it with `jelou tokens revoke {} {} -y`", old.function, old.id)
}

/// Waits for the functions that got the value as a secret: until then they use the old one.
async fn secrets_are_live(
    cx: &Context,
    control: &ControlPlane,
    redeploys: Vec<(Slug, Deployment)>,
    deadline: Deadline,
) -> Result<(), Error> {
    for (slug, mut redeploy) in redeploys {
        wait::deployment(cx, control, &slug, &mut redeploy, None, deadline).await?;
    }
    Ok(())
}

/// Gives the old token an end, counted by the platform; an earlier one stays. A failure of the run
/// takes it back.
async fn give_an_end(cx: &Context, control: &ControlPlane, old: &Token, grace: Duration) -> Result<Timestamp, Error> {
    let too_long = |cause: jiff::Error| Error::input("`--grace` is too long").caused_by(cause);
    let grace_ends = SignedDuration::try_from(grace).and_then(|grace| control.server_time().checked_add(grace));
    let grace_ends = grace_ends.map_err(too_long)?;
    if let Some(earlier) = old.expires_at.filter(|earlier| *earlier <= grace_ends) {
        return Ok(earlier);
    }
    cx.ledger.note_shortened(OldToken::of(control, old));
    let change = UpdateToken { expires_in_seconds: Some(Some(whole_seconds(grace))), ..UpdateToken::default() };
    let updated = control.update_token(&old.function, &old.id, &change).await?;
    // The client has seen that the answer names an end.
    Ok(updated.value.info.expires_at.unwrap_or(grace_ends))
}

/// Revokes the old token, now that the new one is proved and delivered. Gives the error of a redeploy
/// that has failed already.
async fn retire(cx: &Context, control: &ControlPlane, old: &Token) -> Result<Option<Error>, Error> {
    match control.revoke_token(&old.function, &old.id).await {
        Ok(reply) => {
            let Some(deployment) = reply.value.map(|revoked| revoked.deployment) else { return Ok(None) };
            if deployment.is_under_way() {
                let message = format!("The old value is refused once the deployment {} is live", deployment.id);
                cx.warn(Warning::new("NOT_YET_LIVE", message));
            }
            Ok(wait::failed(&deployment).map(|error| {
                let message = format!("The old token {} is revoked and still accepted: {}", old.id, error.message());
                error.hints().iter().fold(Error::new(error.code(), message), |all, hint| all.with_hint(hint.clone()))
            }))
        }
        Err(error) if error.is_absent() => {
            let message = format!("The old token {} was not found when it was to be revoked", old.id);
            cx.warn(Warning::new("OLD_TOKEN_NOT_FOUND", message));
            Ok(None)
        }
        Err(error) => Err(not_retired(old, &error.into_error(), how_to_revoke(old))),
    }
}

/// The same where the old token could not be given an end.
fn not_ended(old: &Token, grace: Duration, error: &Error) -> Error {
    let message = format!(
        "The new value is delivered and live, but the old token {} could not be given an end: {}",
        old.id,
        error.message()
    );
    let hint = format!("after {}, {}", duration::show(grace), how_to_revoke(old));
    Error::new(ErrorCode::PartialFailure, message).answered_like(error).with_hint(hint)
}

/// The error of a rotation after which both tokens stay valid.
fn not_retired(old: &Token, error: &Error, hint: String) -> Error {
    let message = format!(
        "The new value is delivered and live, but the old token {} could not be revoked: {}",
        old.id,
        error.message()
    );
    Error::new(ErrorCode::PartialFailure, message).answered_like(error).with_hint(hint)
}
