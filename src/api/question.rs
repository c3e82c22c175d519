//! Whether an answer is about what was asked for.
//!
//! A proxy that mixes responses up, a cache with a wrong key and a platform with a bug answer 200
//! about something else. Such an answer proves nothing, so it is an error and never a success.

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::Timestamp;

use super::wire::{
    Deployed, Deployment, Function, Id, ListedId, ListedToken, RevokedToken, SecretDeleted, SecretName, SecretsPut,
    Slug, Token, UpdateToken, UpdatedToken,
};

/// Nothing, or what is wrong with the answer.
pub(super) type Answers = Result<(), String>;

fn same<T: PartialEq + Display + ?Sized>(what: &str, asked: &T, said: &T) -> Answers {
    if asked == said {
        return Ok(());
    }
    Err(format!("The server's answer is about {what} `{said}`, not about `{asked}`"))
}

fn gone(what: &str, id: &impl Display, says_so: bool) -> Answers {
    says_so.then_some(()).ok_or_else(|| format!("The server's answer does not say that the {what} {id} is gone"))
}

/// For answers that the caller holds against the question, and for those about no one thing.
#[allow(clippy::unnecessary_wraps, reason = "it stands where others find something wrong")]
pub(super) fn any<T>(_: &T) -> Answers {
    Ok(())
}

pub(super) fn function(slug: &Slug) -> impl Fn(&Function) -> Answers {
    |said| same("function", slug, &said.slug)
}

pub(super) fn token_of(slug: &Slug) -> impl Fn(&Token) -> Answers {
    |said| same("function", slug, &said.function)
}

/// What says which function it is of.
pub(crate) trait OfFunction {
    /// The slug.
    fn function(&self) -> &str;
}

impl OfFunction for ListedToken<'_> {
    fn function(&self) -> &str {
        self.function.as_str()
    }
}

impl OfFunction for ListedId<'_> {
    fn function(&self) -> &str {
        self.function.as_str()
    }
}

/// As [`token_of`], of a token in a page.
pub(super) fn token_in<T: OfFunction>(slug: &Slug) -> impl Fn(&T) -> Answers {
    |said| same("function", slug.as_str(), said.function())
}

pub(super) fn token(slug: &Slug, id: &Id) -> impl Fn(&Token) -> Answers {
    |said| same("token", id, &said.id).and_then(|()| token_of(slug)(said))
}

pub(super) fn deployment_of(slug: &Slug) -> impl Fn(&Deployment) -> Answers {
    |said| same("function", slug, &said.function)
}

pub(super) fn deployment(slug: &Slug, id: &Id) -> impl Fn(&Deployment) -> Answers {
    |said| same("deployment", id, &said.id).and_then(|()| deployment_of(slug)(said))
}

/// A rollback starts a deployment of its own, so an answer with the old one is about something else.
pub(super) fn rolled_back(slug: &Slug, target: &Id) -> impl Fn(&Deployment) -> Answers {
    move |said| {
        deployment_of(slug)(said)?;
        (said.id != *target)
            .then_some(())
            .ok_or_else(|| format!("The server's answer names the old deployment {target}, not a new one"))
    }
}

pub(super) fn deployed<V>(slug: &Slug) -> impl Fn(&Deployed<V>) -> Answers {
    |said| {
        deployment_of(slug)(&said.deployment)?;
        said.token_info.iter().try_for_each(token_of(slug))
    }
}

/// The end of the token must be the one asked for. Its status is not looked at: a token that was
/// enabled may have expired, which is no fault of the answer.
pub(super) fn updated(slug: &Slug, id: &Id, change: &UpdateToken) -> impl Fn(&UpdatedToken) -> Answers {
    move |said| {
        token(slug, id)(&said.info)?;
        deployment_of(slug)(&said.deployment)?;
        let end = said.info.expires_at;
        // The wire has whole seconds.
        let is_kept =
            change.expires_at.is_none_or(|asked| asked.map(Timestamp::as_second) == end.map(Timestamp::as_second));
        if !is_kept || change.expires_in_seconds.is_some() && end.is_none() {
            return Err(format!("The server's answer does not say that the token {id} ends when it was asked to"));
        }
        Ok(())
    }
}

pub(super) fn revoked(slug: &Slug, id: &Id) -> impl Fn(&RevokedToken) -> Answers {
    |said| {
        same("token", id, &said.id)?;
        gone("token", id, said.revoked)?;
        deployment_of(slug)(&said.deployment)
    }
}

pub(super) fn secrets_put<'a>(slug: &'a Slug, keys: BTreeSet<&'a SecretName>) -> impl Fn(&SecretsPut) -> Answers {
    move |said| {
        if !said.items.iter().map(|secret| &secret.key).collect::<BTreeSet<_>>().is_superset(&keys) {
            return Err("The server's answer does not say that these secrets were set".to_owned());
        }
        deployment_of(slug)(&said.deployment)
    }
}

pub(super) fn secret_deleted(slug: &Slug, key: &SecretName) -> impl Fn(&SecretDeleted) -> Answers {
    |said| {
        same("secret", key, &said.key)?;
        gone("secret", key, said.deleted)?;
        deployment_of(slug)(&said.deployment)
    }
}
