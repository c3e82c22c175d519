//! `jelou tokens disable`, `jelou tokens enable` (docs: “access to the API will be denied using
//! this token”).

use super::named_tokens::{self, NamedToken};
use crate::api::wire::{Deployment, TokenStatus, UpdateToken};
use crate::cli::tokens::Switch;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Wording};
use crate::commands::redeploys::wait_or_warn;
use crate::error::Error;
use crate::output::Outcome;

const ENABLED: Wording =
    Wording { one: "Token enabled", each: "Enabled token", verb: "enabled", again: "run it again" };
const DISABLED: Wording =
    Wording { one: "Token disabled", each: "Disabled token", verb: "disabled", again: "run it again" };

/// Disables or enables tokens.
pub(crate) async fn run(cx: &Context, args: &Switch, enable: bool) -> Result<Outcome, Error> {
    let references = named_tokens::distinct(args.tokens.clone());
    if !enable {
        cx.interactivity.needs_confirmation("Disabling a token")?;
    }
    let control = cx.control()?;
    let (targets, _) = named_tokens::resolve(&control, &args.slug, references, false).await?;
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
    let (done, wording) = if enable { ("enabled", ENABLED) } else { ("disabled", DISABLED) };
    let items = bulk::each(cx, wording.each, targets, async |token: NamedToken| {
        let NamedToken { text, id, .. } = token;
        let id = match id {
            Ok(id) => id,
            Err(error) => return Item::failed(&text, None, None, error),
        };
        match control.update_token(&args.slug, &id, &change).await {
            Ok(reply) => {
                redeploys.borrow_mut().push(reply.value.deployment);
                Item::done(&text, Some(id.as_str()), Some(&reply.value.info.name), done)
            }
            Err(error) => Item::failed(&text, Some(id.as_str()), None, error),
        }
    })
    .await?;
    let outcome = bulk::outcome(items, wording)?;
    let effect = if enable { "Clients using it are accepted" } else { "Clients using it are refused" };
    Ok(wait_or_warn(cx, &control, &args.slug, redeploys.into_inner(), args.wait, outcome, effect).await)
}
