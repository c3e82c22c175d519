//! `jelou tokens exec`: a token that exists only as long as a command runs.
//!
//! The token never meets the shell. It stays pending until the command has ended; the app then revokes whatever is
//! pending, however the command or this process ended.

use super::create::key;
use super::issue::{Waiting, not_handed_over};
use crate::api::wire::CreateToken;
use crate::cli::tokens::Exec;
use crate::commands::Context;
use crate::commands::child::Child;
use crate::commands::handover;
use crate::commands::mint::{MintRequest, Minting};
use crate::commands::wait::{self, Patience};
use crate::config::env;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;
use crate::program::WITHHELD_FROM_CHILDREN;

/// Creates a token, waits until it is live, runs the command with it.
///
/// # Errors
/// `INPUT_ERROR` if the command is not found, before anything is created; `DELIVERY_ERROR` if the token was not accepted
/// in time, and then it is revoked again.
#[allow(clippy::disallowed_methods, reason = "the mask is flushed to stderr, and the command gets the value")]
pub async fn run(cx: &Context, args: &Exec) -> Result<Outcome, Error> {
    let key = key(None);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => format!("exec-{}", key.as_str().split('-').next().unwrap_or_default()).parse()?,
    };
    let mut child = Child::find(&args.command, cx.env.path("PATH").as_ref().map(|path| path.as_os_str()))?;
    let control = cx.control()?;
    let masker = handover::masker(cx).await?;
    let waiting = Waiting { control: &control, gateway: cx.gateway(&args.slug)? };
    let minting = Minting {
        control: control.clone(),
        slug: args.slug.clone(),
        name: name.to_string(),
        key,
        again: None,
        request: MintRequest::Create(CreateToken { name, expires_in_seconds: None }),
    };
    let mut minted = minting.run(cx).await?;
    masker.mask(&minted.value).apply(&mut std::io::stderr()).await?;
    let patience = Patience::of(cx);
    let live = wait::deployment(cx, waiting.control, &args.slug, &mut minted.deployment, None, patience).await;
    let live = match live {
        Ok(()) => wait::proof(cx, waiting.gateway.as_ref(), &minted.value, patience).await,
        Err(error) => Err(error),
    };
    live.map_err(|error| match error.code() {
        ErrorCode::NotLive => not_handed_over(&error, "the command was not run"),
        _ => error,
    })?;
    for name in WITHHELD_FROM_CHILDREN {
        child = child.without_env(name);
    }
    let child = child.env(env::JELOU_FUNCTION_TOKEN, minted.value.secret().expose());
    cx.set_child_runs(true);
    let ended = child.run().await;
    cx.set_child_runs(false);
    Ok(Outcome { child_status: Some(ended?.status()), ..Outcome::default() })
}
