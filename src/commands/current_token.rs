//! The token that a verb gives a new value.

use super::Context;
use crate::api::wire::{Slug, Token, TokenStatus};
use crate::api::{ControlPlane, IdempotencyKey, TokenReference};
use crate::error::Error;
use crate::warning::Warning;

/// Finds the token.
///
/// # Errors
/// As [`TokenReference::find_current`], and those of the request.
pub(super) async fn find(control: &ControlPlane, slug: &Slug, reference: &TokenReference) -> Result<Token, Error> {
    let token = match reference {
        TokenReference::Id(id) => control.token(slug, id).await?.value,
        other => other.find_current(&control.tokens(slug).await?.value, slug)?.clone(),
    };
    // It becomes part of addresses, so it is never the server's word for it.
    Ok(Token { function: slug.clone(), ..token })
}

/// Says that the new token will be accepted although the old one is not.
pub(super) fn warn_of_successor(cx: &Context, old: &Token) {
    if old.status != TokenStatus::Active {
        let (id, status) = (&old.id, old.status.as_str());
        let message = format!("The token {id} is {status}; the new one is active");
        cx.warn(Warning::new("SUCCESSOR_IS_ACTIVE", message));
    }
}

/// The key of a request that replaces a token. A key that the user gave is refused for a token that
/// is not named by its id: once it has a new value, its name and prefix mean the new token, and the
/// same command would be another request.
pub(super) fn key_for(reference: &TokenReference, given: Option<&IdempotencyKey>) -> Result<IdempotencyKey, Error> {
    match (given, reference) {
        (None, _) => Ok(IdempotencyKey::random()),
        (Some(key), TokenReference::Id(_)) => Ok(key.clone()),
        (Some(_), _) => Err(Error::input("With `--idempotency-key` the token is named by its id").with_hint(
            "its name will mean the new token when the command is run again; `jelou tokens list` shows the ids",
        )),
    }
}
