//! Which token a verb that gives one a new value means.

use crate::api::wire::{Slug, Token};
use crate::api::{ControlPlane, IdempotencyKey, TokenReference};
use crate::error::Error;

/// Finds the token.
///
/// # Errors
/// As [`TokenReference::find_current`], and those of the request.
pub async fn current(control: &ControlPlane, slug: &Slug, reference: &TokenReference) -> Result<Token, Error> {
    let token = match reference {
        TokenReference::Id(id) => control.token(slug, id).await?.value,
        other => other.find_current(&control.tokens(slug).await?.value, slug)?.clone(),
    };
    // It becomes part of addresses, so it is never the server's word for it.
    Ok(Token { function: slug.clone(), ..token })
}

/// Refuses a key for a token that is not named by its id: once it has a new value, its name and prefix mean the new token,
/// and the same command would be another request.
///
/// # Errors
/// `INPUT_ERROR` for that.
pub fn check_repeatable(reference: &TokenReference, key: Option<&IdempotencyKey>) -> Result<(), Error> {
    if key.is_none() || matches!(reference, TokenReference::Id(_)) {
        return Ok(());
    }
    Err(Error::input("With `--idempotency-key` the token is named by its id")
        .with_hint("its name will mean the new token when the command is run again; `jelou tokens list` shows the ids"))
}
