//! `jelou tokens revoke`: one or many; every item is tried and reported.

use super::named_tokens::{self, NamedToken};
use crate::api::wire::{Id, Slug};
use crate::api::{ControlPlane, TokenReference};
use crate::cli::function::Tokens;
use crate::cli::tokens::Revoke;
use crate::commands::bulk::{self, Item, Wording};
use crate::commands::redeploys::{Redeploys, wait_or_warn};
use crate::commands::{Context, stdin};
use crate::error::Error;
use crate::output::Outcome;
use crate::typed_word;
use crate::warning::Warning;

/// About 800,000 references: a wrong file must not fill the memory.
const MAX_STDIN: u64 = 16 << 20;

pub(super) const WORDING: Wording = Wording {
    done: "Token revoked",
    noun: "token",
    verb: "revoked",
    all_done: "revoked",
    again: "run it again with `--ignore-missing`",
};

/// Confirms, then revokes.
pub(crate) async fn run(cx: &Context, args: &Revoke) -> Result<Outcome, Error> {
    let named = if args.stdin { Tokens::OnStdin } else { Tokens::ByWords };
    let (function, tokens) = args.of.sorted(named).map_err(|error| prune_instead(error, args))?;
    let asks = !args.dry_run && cx.interactivity.needs_confirmation("Revoking a token")?;
    let references = if args.stdin { references_on_stdin(cx)? } else { tokens };
    if references.is_empty() {
        cx.warn(Warning::new("NOTHING_TO_DO", "No token was named, so none was revoked"));
        return bulk::outcome(Vec::<Item>::new(), WORDING);
    }
    let references = named_tokens::distinct(references);
    let slug = cx.function(function).await?;
    let control = cx.control()?;
    let (chosen, tokens) = named_tokens::resolve(&control, &slug, references, args.dry_run || asks).await?;
    if args.dry_run {
        return named_tokens::dry_run(&slug, chosen, &tokens, args.ignore_missing);
    }
    if asks {
        named_tokens::confirm(cx, "Revoking a token", "Revoke", &slug, &chosen)?;
    }
    revoke(cx, &control, &slug, chosen, WORDING, args.ignore_missing, args.wait).await
}

/// Revokes tokens and reports on each; with `wait`, until the redeploys are live.
pub(super) async fn revoke(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    targets: Vec<NamedToken>,
    wording: Wording,
    ignore_missing: bool,
    wait: bool,
) -> Result<Outcome, Error> {
    let redeploys = Redeploys::to_come(wait);
    let unseen = std::cell::Cell::new(false);
    let items = bulk::each(cx, "Revoking tokens", targets, async |token: NamedToken| {
        let NamedToken { text, id, token } = token;
        let name = token.as_ref().map(|token| token.name.as_str());
        let (id, result) = match id {
            Ok(id) => {
                let result = control.revoke_token(slug, &id).await;
                (Some(id), result)
            }
            Err(error) => (None, Err(error.into())),
        };
        match result {
            Ok(reply) => {
                unseen.set(unseen.get() || reply.value.is_none());
                let said = reply.value.as_ref().map(|revoked| revoked.name.clone());
                reply.value.into_iter().for_each(|revoked| redeploys.add(revoked.deployment));
                Item::done(&text, id.as_ref().map(Id::as_str), said.as_deref().or(name), "revoked")
            }
            Err(error) if ignore_missing && error.is_absent() => {
                Item::done(&text, id.as_ref().map(Id::as_str), name, "missing")
            }
            Err(error) => {
                let error = named_tokens::refused(error.into(), slug, id.as_ref());
                Item::failed(&text, id.as_ref().map(Id::as_str), name, error)
            }
        }
    })
    .await?;
    if unseen.get() {
        let message = "An answer was lost or had no body, so its deployment is not known and is not waited for";
        cx.warn(Warning::new("REDEPLOY_UNSEEN", message));
    }
    let outcome = bulk::outcome(items, wording)?;
    Ok(wait_or_warn(cx, control, slug, redeploys, outcome, "Clients using it are refused").await)
}

/// Names the verb that takes patterns, if one was given.
fn prune_instead(error: Error, args: &Revoke) -> Error {
    let Some((slug, pattern)) = args.of.pattern() else { return error };
    let slug = slug.map(|slug| format!(" {slug}")).unwrap_or_default();
    let prune = format!("jelou tokens prune{slug} --name {}", typed_word::quoted(pattern));
    error.with_first_hint(format!("`{prune}` revokes what a pattern selects"))
}

fn references_on_stdin(cx: &Context) -> Result<Vec<TokenReference>, Error> {
    let text = stdin::text(cx, "The list of references", MAX_STDIN)?;
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(TokenReference::parse).collect()
}
