//! The tokens that a bulk verb names, and what revoking them would do.

use std::collections::HashSet;

use crate::api::wire::{Id, Slug, Token, TokenStatus};
use crate::api::{ControlPlane, TokenReference};
use crate::commands::bulk::{self, Item, Subject, Wording};
use crate::commands::{Context, named};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Effect, Outcome};

pub(super) const DRY_WORDING: Wording =
    Wording { one: None, each: "Would revoke token", verb: "checked", again: "run it again" };

/// A reference, and the token that it names.
pub(super) struct NamedToken {
    /// As it was typed.
    pub(super) text: String,
    /// The id to send, or why there is none.
    pub(super) id: Result<Id, Error>,
    /// Only if it was looked up.
    pub(super) token: Option<Token>,
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
                Ok(token) => NamedToken { text, id: Ok(token.id.clone()), token: Some(token.clone()) },
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
    let found: Vec<&Token> = targets.iter().filter_map(|target| target.token.as_ref()).collect();
    if found.is_empty() {
        return Ok(());
    }
    for error in targets.iter().filter_map(|target| target.id.as_ref().err()) {
        named::warn_of_missing(cx, error.message());
    }
    let tokens = match found.as_slice() {
        [token] => format!("token {}...", token.prefix),
        several => named::several(cx, "tokens", &labels(several)),
    };
    cx.confirm(what, &format!("{verb} {tokens} for {slug}?"))
}

/// The names of tokens, with the id where a name is not enough: an old token and its successor
/// share theirs.
pub(super) fn labels(tokens: &[&Token]) -> Vec<String> {
    let label = |token: &&Token| {
        let is_unique = tokens.iter().filter(|other| other.name == token.name).count() == 1;
        if is_unique { token.name.clone() } else { format!("{} {}", token.name, token.id) }
    };
    tokens.iter().map(label).collect()
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
        if target.token.as_ref().is_some_and(is_active) {
            if active == 1 {
                let last = Error::new(ErrorCode::Conflict, "A function keeps at least one active token");
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
