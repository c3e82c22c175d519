//! `jelou tokens regenerate` (seed: “This will delete the previous token and create a new one”).

use serde_json::json;

use super::create::key;
use super::issue::{Waiting, issue};
use crate::api::wire::RotateToken;
use crate::cli::tokens::Regenerate;
use crate::commands::handover::{Handover, finish};
use crate::commands::mint::{MintRequest, Minting};
use crate::commands::{Context, target};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;
use crate::warning::Warning;

const COMMAND: &str = "tokens regenerate";

/// Confirms, replaces the token without grace, hands the new value over.
///
/// # Errors
/// Every error of the table; a token that could not be handed over is still owed.
pub async fn run(cx: &Context, args: &Regenerate) -> Result<Outcome, Error> {
    target::check_repeatable(&args.token, args.idempotency_key.as_ref())?;
    cx.interactivity.needs_confirmation("Regenerating a token")?;
    let key_value = key(args.idempotency_key.as_ref());
    let control = cx.control()?;
    let handover = Handover::prepare(cx, &control, &args.delivery).await?;
    let waiting = if args.wait { Some(Waiting { control: &control, gateway: cx.gateway(&args.slug)? }) } else { None };
    let old = target::current(&control, &args.slug, &args.token).await?;
    let question = format!("Regenerate token {}... for {}? Its old value stops at once", old.prefix, args.slug);
    cx.confirm("Regenerating a token", &question)?;
    let minting = Minting {
        control: control.clone(),
        slug: args.slug.clone(),
        name: old.name.clone(),
        key: key_value,
        again: Some(format!("jelou tokens regenerate {} {} -y", args.slug, old.id)),
        request: MintRequest::Rotate(old.id.clone(), RotateToken { grace_seconds: Some(0), expires_in_seconds: None }),
    };
    // The request gives the old value its end; a hand-over that fails gives it back, for it may be the only one.
    cx.pending.shortening(&old.id, old.expires_at);
    let minted = minting.run(cx).await?;
    let issued = issue(cx, minted, &handover, waiting.as_ref()).await?;
    let token = issued.minted.value.clone();
    let mut data = issued.data();
    data["replaces"] = json!({ "id": old.id, "expires_at": null, "revoked": true });
    let mut outcome = issued.outcome(format!("Regenerated token \"{}\"", old.name), handover.prints());
    outcome.data = data;
    let outcome = finish(cx, COMMAND, &handover, token, outcome).await?;
    match control.revoke_token(&args.slug, &old.id).await {
        Err(error) if error.code() != ErrorCode::NotFound => cx.output.warn(&Warning::new(
            "OLD_TOKEN_LISTED",
            format!("The old token {} has expired but is still listed: {}", old.id, error.error().message()),
        )),
        _ => {}
    }
    Ok(outcome)
}
