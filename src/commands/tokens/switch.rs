//! `jelou tokens disable`, `jelou tokens enable` (seed: “access to the API will be denied using this token”).

use super::settle::settle;
use super::targets::{self, Target};
use crate::api::wire::{Deployment, TokenStatus, UpdateToken};
use crate::cli::tokens::Switch;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Wording};
use crate::error::Error;
use crate::output::Outcome;

/// Switches tokens on or off.
///
/// # Errors
/// `INPUT_ERROR` before anything is sent; the common error of all items.
pub async fn run(cx: &Context, args: &Switch, enable: bool) -> Result<Outcome, Error> {
    let references = targets::distinct(args.tokens.clone());
    if !enable {
        cx.interactivity.needs_confirmation("Disabling a token")?;
    }
    let control = cx.control()?;
    let (targets, _) = targets::resolve(&control, &args.slug, references, false).await?;
    if !enable {
        let question = match targets.as_slice() {
            [target] => format!("Disable token {} for {}?", target.text, args.slug),
            several => format!("Disable {} tokens for {}?", several.len(), args.slug),
        };
        cx.confirm("Disabling a token", &question)?;
    }
    let redeploys = std::cell::RefCell::new(Vec::<Deployment>::new());
    let status = if enable { TokenStatus::Active } else { TokenStatus::Disabled };
    let change = UpdateToken { status: Some(status), ..UpdateToken::default() };
    let (done, wording) = if enable {
        ("enabled", Wording { one: "Token enabled", each: "Enabled token", verb: "enabled" })
    } else {
        ("disabled", Wording { one: "Token disabled", each: "Disabled token", verb: "disabled" })
    };
    let items = bulk::each(cx, wording.each, targets, async |target: Target| {
        let Target { text, id, .. } = target;
        let id = match id {
            Ok(id) => id,
            Err(error) => return Item::failed(&text, None, None, error),
        };
        match control.update_token(&args.slug, &id, &change).await {
            Ok(reply) => {
                redeploys.borrow_mut().push(reply.value.deployment);
                Item::done(&text, Some(id.as_str()), Some(&reply.value.info.name), done)
            }
            Err(error) => Item::failed(&text, Some(id.as_str()), None, error.into()),
        }
    })
    .await;
    let mut outcome = bulk::outcome(items, wording)?;
    let effect = if enable { "Clients using it are accepted" } else { "Clients using it are refused" };
    settle(cx, &control, &args.slug, redeploys.into_inner(), args.wait, &mut outcome, effect).await;
    Ok(outcome)
}
