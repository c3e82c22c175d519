//! Runtime tokens: creating, changing, rotating and revoking them.
//!
//! Names are unique among the tokens that nothing replaces. A rotation adds a token of the same
//! name and marks the old one as replaced. Either can then be revoked:
//!
//! - Revoking the **old** one ends the rotation.
//! - Revoking the **new** one undoes it: the old one is no longer replaced and has no grace period.
//!   Revoking a token in the middle of a chain of rotations joins its two neighbours.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use super::hash::Tag;
use super::page::PageRequest;
use super::redeploy::Change;
use super::refusal::Refusal;
use super::stored::{State, StoredFunction, StoredToken};
use crate::api::wire::times::exact_or_null;
use crate::api::wire::{self, TokenName, TokenStatus};
use crate::sandbox::clock::{later, whole_seconds};
use crate::sandbox::issued_value::IssuedValue;
use crate::secret::SANDBOX_RUNTIME_PREFIX;

/// The longest lifetime, in seconds: a hundred years. Its end then has a year of four digits,
/// as RFC 3339 wants it.
pub(in crate::sandbox) const MAX_LIFETIME: u64 = 100 * 366 * 24 * 60 * 60;
/// The name of the token that the first deploy issues (docs, Authentication Tokens: “`default` —
/// generado en el primer deploy”).
pub(crate) const DEFAULT_NAME: &str = "default";

/// A token to be issued; also how the file of a fixture writes one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NewToken {
    #[serde(deserialize_with = "token_name")]
    pub(crate) name: String,
    /// Generated if there is none.
    pub(crate) value: Option<IssuedValue>,
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Now if there is none.
    #[serde(default, deserialize_with = "exact_or_null")]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "exact_or_null")]
    pub(crate) last_used_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "exact_or_null")]
    pub(crate) expires_at: Option<Timestamp>,
}

fn token_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    TokenName::deserialize(deserializer).map(|name| name.to_string())
}

impl StoredToken {
    /// The token as it is listed at `now`.
    fn to_wire(&self, now: Timestamp) -> wire::Token {
        shown(self.info.clone(), now)
    }

    pub(super) fn is_active(&self, now: Timestamp) -> bool {
        self.info.status == TokenStatus::Active && self.info.expires_at.is_none_or(|end| now < end)
    }
}

impl StoredFunction {
    pub(super) fn token(&self, id: &str) -> Result<&StoredToken, Refusal> {
        let token = self.tokens.with_id(id);
        token.ok_or_else(|| Refusal::not_found(format!("Function `{}` has no token `{id}`", self.slug)))
    }
}

impl State {
    /// `GET …/tokens`, the oldest first.
    pub(crate) fn tokens(
        &self,
        slug: &str,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<wire::Page<wire::Token>, Refusal> {
        let tokens = self.function(slug)?.tokens.behind(page.place()?);
        Ok(page.cut(tokens.map(|token| (token.ordinal.to_string(), token.to_wire(now)))))
    }

    /// `GET …/tokens/{id}`.
    pub(crate) fn show_token(&self, slug: &str, id: &str, now: Timestamp) -> Result<wire::Token, Refusal> {
        Ok(self.function(slug)?.token(id)?.to_wire(now))
    }

    /// The token that has this value, without a request.
    pub(crate) fn token_with_value(&self, slug: &str, value: &str, now: Timestamp) -> Option<wire::Token> {
        self.token_with_tag(slug, &self.stored.hasher.tag(value.as_bytes()), now)
    }

    /// The token of `function` whose value a secret holds, without a request.
    pub(crate) fn token_in_secret(&self, slug: &str, key: &str, function: &str, now: Timestamp) -> Option<wire::Token> {
        self.token_with_tag(function, &self.function(slug).ok()?.secrets.get(key)?.tag, now)
    }

    fn token_with_tag(&self, slug: &str, tag: &Tag, now: Timestamp) -> Option<wire::Token> {
        Some(self.function(slug).ok()?.tokens.with_tag(tag)?.to_wire(now))
    }

    /// `POST …/tokens`. Before the first deploy there is nothing to call, and the name `default`
    /// must stay free.
    pub(crate) fn create_token(
        &mut self,
        slug: &str,
        request: &wire::CreateToken,
        change: &Change,
    ) -> Result<wire::CreatedToken<IssuedValue>, Refusal> {
        let expires_at = end_after(request.expires_in_seconds, change.at)?;
        let function = self.function(slug)?;
        if !function.was_deployed() {
            return Err(Refusal::conflict(format!(
                "Function `{slug}` was never deployed; its first deploy issues a token"
            )));
        }
        function.tokens.has_free_name(request.name.as_str())?;
        let new = NewToken { name: request.name.to_string(), expires_at, ..Default::default() };
        let (info, value) = self.issue(slug, new, change.at)?;
        let deployment = self.start_redeploy(slug, "token_created", change)?;
        Ok(wire::CreatedToken { info, value, deployment })
    }

    /// `PATCH …/tokens/{id}`.
    pub(crate) fn update_token(
        &mut self,
        slug: &str,
        id: &str,
        request: &wire::UpdateToken,
        change: &Change,
    ) -> Result<wire::UpdatedToken, Refusal> {
        if matches!(request.status, Some(TokenStatus::Expired | TokenStatus::Other(_))) {
            return Err(Refusal::invalid("`status` is neither `active` nor `disabled`"));
        }
        let end_after = request.expires_in_seconds.map(|seconds| end_after(seconds, change.at)).transpose()?;
        let new_end = match (request.expires_at, end_after) {
            (Some(_), Some(_)) => {
                return Err(Refusal::invalid("`expires_at` and `expires_in_seconds` exclude each other"));
            }
            (at, None) => at.map(|at| at.map(whole_seconds)),
            (None, after) => after,
        };
        if request.status.is_none() && new_end.is_none() {
            return Err(Refusal::invalid("None of `status`, `expires_at` and `expires_in_seconds` is given"));
        }
        if new_end.flatten().is_some_and(|end| end <= change.at) {
            return Err(Refusal::invalid("`expires_at` is not in the future"));
        }
        let function = self.function_mut(slug)?;
        let (token, in_use) = (function.token(id)?, function.revisions_in_use());
        if request.status == Some(TokenStatus::Disabled) {
            function.tokens.keeps_an_active_one_without(token, change.at)?;
        }
        function.tokens.change(token.ordinal, &in_use, |token| {
            if let Some(status) = &request.status {
                token.info.status = status.clone();
            }
            if let Some(end) = new_end {
                token.info.expires_at = end;
                token.grace = None;
            }
        });
        let info = function.token(id)?.to_wire(change.at);
        let deployment = self.start_redeploy(slug, "token_updated", change)?;
        Ok(wire::UpdatedToken { info, deployment })
    }

    /// `DELETE …/tokens/{id}`.
    pub(crate) fn revoke_token(
        &mut self,
        slug: &str,
        id: &str,
        change: &Change,
    ) -> Result<wire::RevokedToken, Refusal> {
        let function = self.function_mut(slug)?;
        let (token, in_use) = (function.token(id)?, function.revisions_in_use());
        function.tokens.keeps_an_active_one_without(token, change.at)?;
        let (id, name) = (token.info.id.clone(), token.info.name.clone());
        function.tokens.revoke(token.ordinal, &in_use);
        let deployment = self.start_redeploy(slug, "token_revoked", change)?;
        Ok(wire::RevokedToken { id, name, revoked: true, deployment })
    }

    /// Issues a token without a request: for a fixture.
    pub(crate) fn add_token(&mut self, slug: &str, token: NewToken, at: Timestamp) -> Result<(), Refusal> {
        let tokens = &self.function(slug)?.tokens;
        tokens.has_free_name(&token.name)?;
        if let Some(value) = &token.value {
            tokens.has_free_tag(&self.stored.hasher.tag(value.expose().as_bytes()))?;
        }
        self.issue(slug, token, at).map(drop)
    }

    /// Issues a token without starting a redeploy.
    pub(super) fn issue(
        &mut self,
        slug: &str,
        token: NewToken,
        at: Timestamp,
    ) -> Result<(wire::Token, IssuedValue), Refusal> {
        let value = token.value.unwrap_or_else(|| self.values.value(SANDBOX_RUNTIME_PREFIX));
        let id = self.values.id("tok");
        let tag = self.stored.hasher.tag(value.expose().as_bytes());
        let function = self.function_mut(slug)?;
        let info = wire::Token {
            id,
            name: token.name,
            prefix: value.shown_prefix(),
            function: function.slug.clone(),
            status: if token.disabled { TokenStatus::Disabled } else { TokenStatus::Active },
            created_at: whole_seconds(token.created_at.unwrap_or(at)),
            last_used_at: token.last_used_at.map(whole_seconds),
            expires_at: token.expires_at.map(whole_seconds),
            replaced_by: None,
        };
        function.tokens.issue(info.clone(), tag);
        Ok((shown(info, at), value))
    }
}

/// A token as it is listed at `now`.
fn shown(token: wire::Token, now: Timestamp) -> wire::Token {
    let expired = token.expires_at.is_some_and(|end| end <= now);
    if expired { wire::Token { status: TokenStatus::Expired, ..token } } else { token }
}

/// The end of a lifetime that begins at `now`.
pub(super) fn end_after(seconds: Option<u64>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let Some(seconds) = seconds else { return Ok(None) };
    if !(1..=MAX_LIFETIME).contains(&seconds) {
        return Err(Refusal::invalid(format!("`expires_in_seconds` is not 1 to {MAX_LIFETIME}")));
    }
    Ok(Some(later(whole_seconds(now), SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)))))
}
