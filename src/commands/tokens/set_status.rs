//! `jelou tokens disable`, `jelou tokens enable` (docs: “access to the API will be denied using
//! this token”).

use super::named_tokens::{self, NamedToken};
use crate::api::wire::{Token, TokenStatus, UpdateToken};
use crate::cli::function::Tokens;
use crate::cli::tokens::Switch;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Wording};
use crate::commands::redeploys::{Redeploys, wait_or_warn};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::Outcome;

const ENABLED: Wording =
    Wording { done: "Token enabled", noun: "token", verb: "enabled", all_done: "enabled", again: "run it again" };
const DISABLED: Wording = Wording { done: "Token disabled", verb: "disabled", all_done: "disabled", ..ENABLED };

/// Disables or enables tokens.
pub(crate) async fn run(cx: &Context, args: &Switch, enable: bool) -> Result<Outcome, Error> {
    let (function, tokens) = args.of.sorted(Tokens::ByWords)?;
    let references = named_tokens::distinct(tokens);
    let asks = !enable && cx.interactivity.needs_confirmation("Disabling a token")?;
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let (targets, _) = named_tokens::resolve(&control, &slug, references, asks).await?;
    if asks {
        named_tokens::confirm(cx, "Disabling a token", "Disable", &slug, &targets)?;
    }
    let redeploys = Redeploys::to_come(args.wait);
    let status = if enable { TokenStatus::Active } else { TokenStatus::Disabled };
    let change = UpdateToken { status: Some(status.clone()), ..UpdateToken::default() };
    let wording = if enable { ENABLED } else { DISABLED };
    let items = bulk::each(
        cx,
        if enable { "Enabling tokens" } else { "Disabling tokens" },
        targets,
        async |token: NamedToken| {
            let NamedToken { text, id, token } = token;
            let id = match id {
                Ok(id) => id,
                Err(error) => return Item::failed(&text, None, None, error),
            };
            match control.update_token(&slug, &id, &change).await {
                Ok(reply) => {
                    redeploys.add(reply.value.deployment);
                    let token = Token { function: slug.clone(), ..reply.value.info };
                    match became(&token, &status) {
                        Ok(status) => Item::done(&text, Some(id.as_str()), Some(&token.name), status),
                        Err(error) => Item::failed(&text, Some(id.as_str()), Some(&token.name), error),
                    }
                }
                Err(error) => {
                    let error =
                        if enable { error.into() } else { named_tokens::refused(error.into(), &slug, Some(&id)) };
                    Item::failed(&text, Some(id.as_str()), token.as_ref().map(|token| token.name.as_str()), error)
                }
            }
        },
    )
    .await?;
    let outcome = bulk::outcome(items, wording)?;
    let effect = if enable { "Clients using it are accepted" } else { "Clients using it are refused" };
    Ok(wait_or_warn(cx, &control, &slug, redeploys, outcome, effect).await)
}

/// What the answer says that became of a token whose status was to be `asked`.
///
/// # Errors
/// `CONFLICT` if it has expired and so stays refused, `API_ERROR` if it has another status.
fn became(token: &Token, asked: &TokenStatus) -> Result<&'static str, Error> {
    match (asked, &token.status) {
        (TokenStatus::Active, TokenStatus::Active) => Ok("enabled"),
        (TokenStatus::Disabled, TokenStatus::Disabled) => Ok("disabled"),
        // It is refused, which is what disabling is for.
        (TokenStatus::Disabled, TokenStatus::Expired) => Ok(bulk::EXPIRED),
        (_, TokenStatus::Expired) => {
            let when = token.expires_at.map(|at| format!(" ({at})")).unwrap_or_default();
            let message = format!("The token {} has expired{when}, so it stays refused", token.id);
            let rotate = format!("jelou tokens rotate {} {}", token.function, token.id);
            Err(Error::new(ErrorCode::Conflict, message).with_hint(format!("issue a new value with `{rotate}`")))
        }
        (asked, status) => {
            let (asked, status) = (asked.as_str(), status.as_str());
            let message = format!("The server's answer says that the token {} is `{status}`, not `{asked}`", token.id);
            Err(Error::new(ErrorCode::ApiError, message))
        }
    }
}
