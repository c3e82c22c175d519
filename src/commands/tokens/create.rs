//! `jelou tokens create`: a new token, its value handed over once.

use super::issue::{Waiting, issue};
use super::rotate;
use crate::api::wire::CreateToken;
use crate::api::{IdempotencyKey, TokenReference};
use crate::cli::tokens::{Create, IfExists};
use crate::commands::handover::{Handover, finish};
use crate::commands::mint::{MintRequest, Minting};
use crate::commands::{Context, target};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;

const COMMAND: &str = "tokens create";

/// Checks everything that can be checked, creates the token, hands it over.
///
/// # Errors
/// Every error of the table; a token that could not be handed over is still owed.
pub async fn run(cx: &Context, args: &Create) -> Result<Outcome, Error> {
    let slug = cx.function(args.slug.as_ref()).await?;
    let key = key(args.idempotency_key.as_ref());
    if args.expires_in.is_some_and(|duration| duration.is_zero()) {
        return Err(Error::input("A token that expires at once would never be accepted")
            .with_hint("for example `--expires-in 30d`"));
    }
    let control = cx.control()?;
    let expires_in_seconds = args.expires_in.map(whole_seconds);
    let waiting = if args.wait { Some(Waiting { control: &control, gateway: cx.gateway(&slug)? }) } else { None };
    let handover = Handover::prepare(cx, &control, &args.delivery).await?;
    let minting = Minting {
        control: control.clone(),
        slug: slug.clone(),
        name: args.name.to_string(),
        key: key.clone(),
        again: args.expires_in.is_none().then(|| format!("jelou tokens create {slug} --name {}", args.name)),
        request: MintRequest::Create(CreateToken { name: args.name.clone(), expires_in_seconds }),
    };
    let minted = match minting.run(cx).await {
        Err(error)
            if error.code() == ErrorCode::Conflict
                && !error.may_have_been_applied
                && args.if_exists == IfExists::Rotate =>
        {
            let old = target::current(&control, &slug, &TokenReference::Name(args.name.to_string())).await?;
            let plan =
                rotate::Rotation { command: COMMAND, key: key.derived("rotate"), grace: None, expires_in_seconds };
            return rotate::rotate(cx, &control, &old, &handover, plan).await;
        }
        minted => minted?,
    };
    let issued = issue(cx, minted, &handover, waiting.as_ref()).await?;
    let done = format!("Created token \"{}\"", args.name);
    let token = issued.minted.value.clone();
    finish(cx, COMMAND, &handover, token, issued.outcome(done, handover.prints())).await
}

/// The key of a request that issues a token.
pub fn key(given: Option<&IdempotencyKey>) -> IdempotencyKey {
    given.cloned().unwrap_or_else(IdempotencyKey::random)
}

/// At least one: a part of a second is rounded up.
pub fn whole_seconds(duration: std::time::Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
