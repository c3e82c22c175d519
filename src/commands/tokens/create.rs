//! `jelou tokens create`: a new token, its value handed over once.

use super::issue::{Waiting, expire, issue};
use super::rotate;
use crate::api::IdempotencyKey;
use crate::api::wire::CreateToken;
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
    let slug = cx.function(args.slug.as_deref()).await?;
    target::check_name(&args.name)?;
    let key = key(args.idempotency_key.as_deref())?;
    if args.expires_in.is_some_and(|duration| duration.is_zero()) {
        return Err(
            Error::input("A token that expires at once would never be accepted").with_hint("for example `--expires-in 30d`")
        );
    }
    let control = cx.control()?;
    let expires_at = args.expires_in.map(|duration| control.server_time().checked_add(duration)).transpose();
    let expires_at = expires_at.map_err(|cause| Error::input("`--expires-in` is too long").caused_by(cause))?;
    // Counted from now, the end is another one in each run; with a key the request must be the same, and the end is set after.
    let (asked_end, later_end) = if args.idempotency_key.is_some() { (None, expires_at) } else { (expires_at, None) };
    let waiting = if args.wait { Some(Waiting { control: &control, gateway: cx.gateway(&slug)? }) } else { None };
    let handover = Handover::prepare(cx, &control, &args.delivery).await?;
    let minting = Minting {
        control: control.clone(),
        slug: slug.clone(),
        name: args.name.clone(),
        key_is_given: args.idempotency_key.is_some(),
        key: key.clone(),
        again: args.expires_in.is_none().then(|| format!("jelou tokens create {slug} --name {}", args.name)),
        request: MintRequest::Create(CreateToken { name: args.name.clone(), expires_at: asked_end }),
    };
    let mut minted = match minting.run(cx).await {
        Err(error)
            if error.code() == ErrorCode::Conflict
                && !error.may_have_happened()
                && args.if_exists == IfExists::Rotate =>
        {
            let old = target::current(&control, &slug, &args.name).await?;
            let plan = rotate::Rotation {
                command: COMMAND,
                key: key.derived("rotate"),
                key_is_given: args.idempotency_key.is_some(),
                grace: None,
                expires_at,
            };
            return rotate::rotate(cx, &control, &old, &handover, plan).await;
        }
        minted => minted?,
    };
    if let Some(end) = later_end {
        expire(&control, &mut minted, end).await?;
    }
    let issued = issue(cx, minted, &handover, waiting.as_ref()).await?;
    let done = format!("Created token \"{}\"", args.name);
    let token = issued.minted.value.clone();
    finish(cx, COMMAND, &handover, token, issued.outcome(done, handover.prints())).await
}

/// The key of a request that issues a token.
///
/// # Errors
/// `INPUT_ERROR` if the one given cannot be sent.
pub fn key(given: Option<&str>) -> Result<IdempotencyKey, Error> {
    given.map_or_else(|| Ok(IdempotencyKey::random()), IdempotencyKey::given)
}
