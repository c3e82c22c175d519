//! `jelou tokens exec`: a token that exists only as long as a command runs.
//!
//! The shell that calls it never has the value. The token stays in the ledger until the command has
//! ended; the app then revokes what the ledger holds, however the command or this process ended.

use super::create::lifetime;
use super::rotate::not_delivered;
use crate::api::IdempotencyKey;
use crate::api::wire::TokenName;
use crate::cli::tokens::Exec;
use crate::commands::child::Child;
use crate::commands::issuance::request::Again;
use crate::commands::issuance::{Custody, IssueRequest, Until};
use crate::commands::{Completion, Context};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::program::WITHHELD_FROM_CHILDREN;

/// Creates a token, waits until it is live, runs the command with it.
pub(crate) async fn run(cx: &Context, args: &Exec) -> Result<Completion, Error> {
    let key = IdempotencyKey::random();
    let lifetime = lifetime(args.expires_in)?;
    let name = args.name.clone().map_or_else(|| name_of(&key), Ok)?;
    let child = Child::find(&args.command, cx.env.path("PATH").as_ref().map(|path| path.as_os_str()))?;
    let child = WITHHELD_FROM_CHILDREN.into_iter().fold(child, Child::without_env);
    let slug = cx.function(args.of.chosen()).await?;
    let control = cx.control()?;
    let sinks = cx.child_sinks(&control).await?;
    let until = Until::of(cx, &control, &slug)?;
    let request = IssueRequest { again: Again::Never, ..IssueRequest::create(&control, &slug, &name, lifetime, key) };
    let token = Custody::open(cx, request, &sinks)?.obtain().await.issued()?.mask().await?;
    let token = token.prove(&until).await.map_err(|error| match error.code() {
        ErrorCode::NotLive => not_delivered(&error, "the command was not run"),
        _ => error,
    })?;
    Ok(Completion::Child(token.lend(child).run(&cx.interrupts).await?))
}

/// A name that is very unlikely to be taken: `exec-` and the first part of the key.
fn name_of(key: &IdempotencyKey) -> Result<TokenName, Error> {
    format!("exec-{}", key.as_str().split('-').next().unwrap_or_default()).parse()
}
