//! `jelou tokens prune`: revokes what filters select; the last active token stays.

use super::filters::{Selection, SelectionAt};
use super::named_tokens::{DRY_WORDING, NamedToken, question};
use super::revoke;
use crate::api::wire::{Token, TokenName, TokenStatus};
use crate::cli::tokens::Prune;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Wording};
use crate::error::Error;
use crate::output::{Effect, Outcome};
use crate::warning::Warning;

const WORDING: Wording = Wording { again: "run it again", ..revoke::WORDING };

/// Selects, confirms, revokes.
pub(crate) async fn run(cx: &Context, args: &Prune) -> Result<Outcome, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let selection = Selection::compile(&args.filters)?;
    if selection.is_empty() && !args.all {
        return Err(Error::input("Nothing says which tokens to prune")
            .with_hint("give a filter such as `--name 'pr-*'`, or `--all`"));
    }
    if !args.dry_run {
        cx.interactivity.needs_confirmation("Pruning tokens")?;
    }
    let control = cx.control()?;
    let tokens = control.tokens(&slug).await?.value;
    if let Some(unknown) = args.keep.iter().find(|name| tokens.iter().all(|token| **name != *token.name)) {
        return Err(Error::input(format!("There is no token `{unknown}` to keep, so none was revoked"))
            .with_hint(format!("`jelou tokens list {slug}` shows the names")));
    }
    let selected = select(cx, &tokens, &selection.at(control.server_time()), &args.keep);
    if selected.is_empty() {
        cx.warn(Warning::new("NOTHING_TO_DO", "The filters select no token, so none was revoked"));
        return bulk::outcome(Vec::<Item>::new(), WORDING);
    }
    if args.dry_run {
        let items = selected
            .iter()
            .map(|token| Item::done(token.id.as_str(), Some(token.id.as_str()), Some(&token.name), "would_revoke"));
        let mut outcome = bulk::outcome(items.collect::<Vec<_>>(), DRY_WORDING)?;
        outcome.effect = Effect::Read;
        return Ok(outcome);
    }
    if cx.interactivity.needs_confirmation("Pruning tokens")? {
        let question = question(cx, "Revoke", &slug, &selected.iter().collect::<Vec<_>>());
        cx.confirm("Pruning tokens", &question)?;
    }
    let targets = selected.into_iter().map(|token| NamedToken {
        text: token.id.to_string(),
        id: Ok(token.id.clone()),
        token: Some(Box::new(token)),
    });
    revoke::revoke(cx, &control, &slug, targets.collect(), WORDING, true, args.wait).await
}

/// What is selected and not kept. If nothing active would be left, the newest active token stays.
fn select(cx: &Context, tokens: &[Token], selection: &SelectionAt<'_>, keep: &[TokenName]) -> Vec<Token> {
    let mut selected: Vec<Token> = tokens
        .iter()
        .filter(|token| {
            let Ok(is_selected) = selection.takes(*token);
            is_selected && keep.iter().all(|kept| *kept != *token.name)
        })
        .cloned()
        .collect();
    let active = |token: &&Token| token.status == TokenStatus::Active;
    let stays = tokens.iter().filter(active).count() > selected.iter().filter(active).count();
    if stays {
        return selected;
    }
    if let Some(last) = selected.iter().filter(active).max_by_key(|token| token.created_at).cloned() {
        selected.retain(|token| token.id != last.id);
        let message =
            format!("The last active token {} (`{}`) stays: a function keeps at least one", last.id, last.name);
        cx.warn(Warning::new("LAST_ACTIVE_STAYS", message));
    }
    selected
}
