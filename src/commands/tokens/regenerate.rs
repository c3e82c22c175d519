//! `jelou tokens regenerate` (docs: “This will delete the previous token and create a new one”).

use super::{again, named_tokens};
use crate::api::wire::RotateToken;
use crate::cli::tokens::Regenerate;
use crate::commands::issuance::sinks::Unprintable;
use crate::commands::issuance::{Custody, IssueRequest, Replaced, Until};
use crate::commands::{Completion, Context, current_token};
use crate::error::Error;
use crate::warning::Warning;

/// Confirms, replaces the token without grace, delivers the new value, deletes the old token.
pub(crate) async fn run(cx: &Context, args: &Regenerate) -> Result<Completion, Error> {
    let (function, token) = args.of.sorted()?;
    let key = current_token::key_for(&token, args.idempotency_key.as_ref())?;
    cx.interactivity.needs_confirmation("Regenerating a token")?;
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let sinks = cx.sinks(&control, &args.delivery, Unprintable::Refuse).await?;
    let until = args.wait.then(|| Until::of(cx, &control, &slug)).transpose()?;
    let old = current_token::find(&control, &slug, &token).await?;
    if cx.interactivity.needs_confirmation("Regenerating a token")? {
        let question = named_tokens::question(cx, "Regenerate", &slug, &[&old]);
        cx.confirm("Regenerating a token", &format!("{question} Its old value stops at once"))?;
    }
    current_token::warn_of_successor(cx, &old);
    // The request gives the old token its end; a failed delivery takes that back, for it may be the
    // only one.
    let body = RotateToken { grace_seconds: Some(0), expires_in_seconds: None };
    let flags = again::flags(&args.delivery, args.wait, None);
    let request = IssueRequest::rotate(&control, &old, body, key).asked_with(&flags);
    let token = Custody::open(cx, request, &sinks)?.obtain().await.issued()?;
    let token = token.mask().await?.deliver().await?;
    let token = token.prove_or_warn(until.as_ref(), "The token is accepted").await?;
    let completion = token.print(|token| {
        let replaces = Replaced { id: old.id.clone(), expires_at: None, revoked: Some(true) };
        token.outcome(&cx.times, format!("Regenerated token \"{}\"", old.name), Some(replaces))
    });
    let completion = completion.await?;
    match control.revoke_token(&slug, &old.id).await {
        Err(error) if !error.is_absent() => {
            let message = format!("The old token {} has expired but is still listed: {}", old.id, error);
            cx.output.warn(&Warning::new("OLD_TOKEN_LISTED", message));
        }
        _ => {}
    }
    Ok(completion)
}
