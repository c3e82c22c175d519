//! `secret:SLUG/KEY`: the value as a secret of another function, without any shell between
//! (vendor's docs: “pass a token to another function”).

use std::rc::Rc;

use anyhow::bail;

use super::sink::{BoxFuture, SecretStore, Sink, SinkContext};
use super::target::Target;
use crate::api::wire::{SecretName, Slug};
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct FunctionSecret {
    slug: Slug,
    key: SecretName,
    secrets: Rc<dyn SecretStore>,
    /// Whether the function had a secret of that key before. The platform shows no values, so it
    /// cannot be restored.
    existed: bool,
    /// Set before the request is sent: it may be applied although its answer is lost.
    attempted: bool,
    /// Whether the platform has said that it was applied.
    stored: bool,
}

impl FunctionSecret {
    pub(super) fn parse(rest: &str, context: &SinkContext) -> Result<Self, String> {
        let Some((slug, key)) = rest.split_once('/') else {
            return Err("a slug and a key are expected, with `/` between them".to_owned());
        };
        let slug = Slug::parse(slug).ok_or("the slug is not `[a-z][a-z0-9-]{0,62}`")?;
        let key = SecretName::parse(key)
            .ok_or_else(|| format!("the key is not that of a secret: {}", SecretName::why_not(key)))?;
        Ok(Self { slug, key, secrets: Rc::clone(&context.secrets), existed: false, attempted: false, stored: false })
    }
}

impl Sink for FunctionSecret {
    fn label(&self) -> String {
        format!("secret:{}/{}", self.slug, self.key)
    }

    fn target(&self) -> Target {
        Target::named("secret", format!("{}/{}", self.slug, self.key))
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        Box::pin(async move {
            self.existed = self.secrets.has(&self.slug, &self.key).await?;
            let message =
                format!("Storing a secret starts a deployment of `{}`; it is used once that is live", self.slug);
            Ok(vec![Warning::new("SECRET_STARTS_REDEPLOY", message)])
        })
    }

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            self.attempted = true;
            let outcome = self.secrets.put(&self.slug, &self.key, token.secret()).await;
            self.stored = outcome.is_ok();
            if let Err(error) = &outcome {
                self.attempted = error.may_have_been_applied;
            }
            Ok(outcome?)
        })
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async move {
            if !self.attempted {
                return Ok(());
            }
            if self.existed {
                self.attempted = false;
                bail!("the secret had a value before, which the platform does not show");
            }
            // A signal may end this wait: then it is still to be undone.
            let deleted = self.secrets.delete(&self.slug, &self.key).await;
            self.attempted = false;
            match deleted {
                Err(error) if !error.is_absent() => Err(error.into()),
                // The request was still under way, and may be applied after this.
                Err(_) if !self.stored => bail!("it was not there yet, and may still be stored"),
                _ => Ok(()),
            }
        })
    }
}
