//! `secret:SLUG/KEY`: the value as a secret of another function, without the shell ever seeing it (seed: “pass a token to
//! another function”).

use anyhow::bail;

use super::SecretStore;
use super::spec::Place;
use crate::api::wire::{SecretName, Slug};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct FunctionSecret {
    slug: Slug,
    key: SecretName,
    /// Whether the function had a secret of that key before. Its value cannot be read, so it cannot be put back.
    existed: bool,
    /// Set before the request goes out, for it may be applied without an answer.
    attempted: bool,
}

impl FunctionSecret {
    pub(super) fn parse(rest: &str) -> Result<Self, String> {
        let Some((slug, key)) = rest.split_once('/') else {
            return Err("a slug and a key are expected, with `/` between them".to_owned());
        };
        let slug = Slug::parse(slug).ok_or("the slug is not `[a-z][a-z0-9-]{0,62}`")?;
        let key = SecretName::parse(key).ok_or("the key is not `[A-Z][A-Z0-9_]*`")?;
        Ok(Self { slug, key, existed: false, attempted: false })
    }

    pub(super) fn label(&self) -> String {
        format!("secret:{}/{}", self.slug, self.key)
    }

    pub(super) fn place(&self) -> Place {
        Place::entry_of(format!("secret:{}", self.slug), self.key.as_str())
    }

    pub(super) async fn check(&mut self, secrets: &dyn SecretStore) -> Result<Vec<Warning>, Error> {
        self.existed = secrets.has(&self.slug, &self.key).await?;
        let message = format!("Storing a secret redeploys `{}`; it counts once that is live", self.slug);
        Ok(vec![Warning::new("SECRET_STARTS_REDEPLOY", message)])
    }

    pub(super) async fn write(&mut self, token: &RuntimeToken, secrets: &dyn SecretStore) -> anyhow::Result<()> {
        self.attempted = true;
        let outcome = secrets.put(&self.slug, &self.key, token.secret()).await;
        if let Err(error) = &outcome {
            self.attempted = error.may_have_been_applied;
        }
        Ok(outcome?)
    }

    pub(super) async fn undo(&mut self, secrets: &dyn SecretStore) -> anyhow::Result<()> {
        if !std::mem::take(&mut self.attempted) {
            return Ok(());
        }
        if self.existed {
            bail!("the secret had a value before, which nobody can read back");
        }
        match secrets.delete(&self.slug, &self.key).await {
            Err(error) if error.code() != ErrorCode::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
