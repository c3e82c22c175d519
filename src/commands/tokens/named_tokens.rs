//! The tokens that a bulk verb names, and what revoking them would do.

use std::collections::HashSet;

use super::rows::about;
use crate::api::wire::{Id, Slug, Token, TokenStatus};
use crate::api::{ControlPlane, TokenReference};
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Subject, Wording};
use crate::commands::named::{self, Thing};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Effect, Outcome};

pub(super) const DRY_WORDING: Wording = Wording {
    done: "Would revoke token",
    noun: "token",
    verb: "checked",
    all_done: "would be revoked",
    again: "run it again",
};

/// A reference, and the token that it names.
pub(super) struct NamedToken {
    /// As it was typed.
    pub(super) text: String,
    /// The id to send, or why there is none.
    pub(super) id: Result<Id, Error>,
    /// Only if it was looked up. Most of the many are not.
    pub(super) token: Option<Box<Token>>,
}

impl Subject for NamedToken {
    fn item(&self) -> Item {
        let name = self.token.as_ref().map(|token| token.name.as_str());
        Item::done(&self.text, self.id.as_ref().ok().map(Id::as_str), name, "revoked")
    }
}

/// Drops repeated references.
pub(super) fn distinct(references: Vec<TokenReference>) -> Vec<TokenReference> {
    let mut seen = HashSet::new();
    references.into_iter().filter(|reference| seen.insert(reference.clone())).collect()
}

/// Looks names and prefixes up in one listing, which is returned too. An id is taken as it is
/// unless `look_at_ids`.
///
/// # Errors
/// `INPUT_ERROR` for a reference that fits two tokens.
pub(super) async fn resolve(
    control: &ControlPlane,
    slug: &Slug,
    references: Vec<TokenReference>,
    look_at_ids: bool,
) -> Result<(Vec<NamedToken>, Vec<Token>), Error> {
    let needs_list = look_at_ids || references.iter().any(|reference| !matches!(reference, TokenReference::Id(_)));
    let tokens = if needs_list { control.tokens(slug).await?.value } else { Vec::new() };
    let mut targets: Vec<NamedToken> = Vec::new();
    let mut seen = HashSet::new();
    for reference in references {
        let text = reference.text().to_owned();
        let target = match &reference {
            TokenReference::Id(id) if !look_at_ids => NamedToken { text, id: Ok(id.clone()), token: None },
            _ => match reference.find(&tokens, slug) {
                Ok(token) => NamedToken { text, id: Ok(token.id.clone()), token: Some(Box::new(token.clone())) },
                Err(error) if error.code() == ErrorCode::NotFound => NamedToken { text, id: Err(error), token: None },
                Err(error) => return Err(error),
            },
        };
        let new = target.id.as_ref().map_or(true, |id| seen.insert(id.clone()));
        if new {
            targets.push(target);
        }
    }
    Ok((targets, tokens))
}

/// Names the tokens, which were looked up, and asks. What does not exist is said before; if nothing
/// exists, nothing is asked. `verb` begins the question: `Revoke`.
///
/// # Errors
/// Those of [`Context::confirm`].
pub(super) fn confirm(cx: &Context, what: &str, verb: &str, slug: &Slug, targets: &[NamedToken]) -> Result<(), Error> {
    let found: Vec<&Token> = targets.iter().filter_map(|target| target.token.as_deref()).collect();
    if found.is_empty() {
        return Ok(());
    }
    for error in targets.iter().filter_map(|target| target.id.as_ref().err()) {
        named::warn_of_missing(cx, error.message());
    }
    cx.confirm(what, &question(cx, verb, slug, &found))
}

/// Shows tokens and words the question about them, as the docs do for one. `verb` begins it.
pub(super) fn question(cx: &Context, verb: &str, slug: &Slug, tokens: &[&Token]) -> String {
    // With the id where a name is not enough: an old token and its successor share theirs.
    let is_unique = |token: &Token| tokens.iter().filter(|other| other.name == token.name).count() == 1;
    let thing = |token: &&Token| Thing {
        name: if is_unique(token) { token.name.clone() } else { format!("{} {}", token.name, token.id) },
        about: about(token, &cx.times),
    };
    let things: Vec<Thing> = tokens.iter().map(thing).collect();
    match tokens {
        [token] => {
            named::show(cx, &things);
            format!("{verb} token {}... for {slug}?", token.prefix)
        }
        _ => format!("{verb} {}?", named::several(cx, &format!("tokens for {slug}"), &things)),
    }
}

/// The error of a token that cannot be taken away, with what can be done if it is the last active
/// one: 409 says that too, and not only that.
pub(super) fn refused(error: Error, slug: &Slug, id: Option<&Id>) -> Error {
    match id {
        Some(id) if error.code() == ErrorCode::Conflict => {
            error.with_hint(format!("if it is the last active token, {}", instead(slug, id)))
        }
        _ => error,
    }
}

/// What can be done with the last active token.
fn instead(slug: &Slug, id: &Id) -> String {
    format!("give it a new value with `jelou tokens rotate {slug} {id}`, or create another one first")
}

/// What a real run would do: whether each token exists, and whether the function would keep an
/// active one.
pub(super) fn dry_run(
    slug: &Slug,
    targets: Vec<NamedToken>,
    tokens: &[Token],
    ignore_missing: bool,
) -> Result<Outcome, Error> {
    let is_active = |token: &Token| token.status == TokenStatus::Active;
    let mut active = tokens.iter().filter(|token| is_active(token)).count();
    let items = targets.into_iter().map(|target| {
        let name = target.token.as_ref().map(|token| token.name.as_str());
        let id = match target.id {
            Err(_) if ignore_missing => return Item::done(&target.text, None, None, "missing"),
            Err(error) => return Item::failed(&target.text, None, None, error),
            Ok(id) => id,
        };
        if target.token.as_deref().is_some_and(is_active) {
            if active == 1 {
                let last = Error::new(ErrorCode::Conflict, "A function keeps at least one active token");
                let last = last.with_hint(instead(slug, &id));
                return Item::failed(&target.text, Some(id.as_str()), name, last);
            }
            active -= 1;
        }
        Item::done(&target.text, Some(id.as_str()), name, "would_revoke")
    });
    let mut outcome = bulk::outcome(items.collect::<Vec<_>>(), DRY_WORDING)?;
    outcome.effect = Effect::Read;
    Ok(outcome.next(format!("jelou tokens list {slug}"), "look at the tokens"))
}
