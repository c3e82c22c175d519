//! Secrets of functions. Their values are kept as hashes, because nothing here reads one.

use super::hash::Tag;
use super::page::PageRequest;
use super::redeploy::Change;
use super::refusal::Refusal;
use super::stored::{State, StoredSecret};
use crate::api::wire::{self, PutSecrets, SecretKey, SecretName};
use crate::secret::Secret;

/// The longest value, in characters. The vendor documents no limit; 64 KiB is more than a private
/// key or a certificate.
pub(in crate::sandbox) const MAX_VALUE: usize = 64 * 1024;

impl State {
    /// `GET …/secrets`, by key.
    pub(crate) fn secrets(&self, slug: &str, page: &PageRequest) -> Result<wire::Page<SecretKey>, Refusal> {
        let place: Option<SecretName> = page.place()?;
        let secrets = self.function(slug)?.secrets.behind(place.as_ref());
        let listed = secrets.map(|(key, secret)| SecretKey { key: key.clone(), updated_at: secret.updated_at });
        Ok(page.cut(listed.map(|secret| (secret.key.to_string(), secret))))
    }

    /// `PUT …/secrets`: sets those that are given and leaves the others; one redeploy for all of
    /// them.
    #[allow(clippy::disallowed_methods, reason = "the platform knows the values that it is given")]
    pub(crate) fn put_secrets(
        &mut self,
        slug: &str,
        request: &PutSecrets<Secret>,
        change: &Change,
    ) -> Result<wire::SecretsPut, Refusal> {
        if request.secrets.is_empty() {
            return Err(Refusal::invalid("`secrets` is empty"));
        }
        for (key, value) in &request.secrets {
            if value.expose().chars().count() > MAX_VALUE {
                return Err(Refusal::invalid(format!("The value of `{key}` is longer than {MAX_VALUE} characters")));
            }
        }
        let tagged: Vec<(&SecretName, Tag)> = request
            .secrets
            .iter()
            .map(|(key, value)| (key, self.stored.hasher.tag(value.expose().as_bytes())))
            .collect();
        let function = self.function_mut(slug)?;
        let mut items = Vec::with_capacity(tagged.len());
        for (key, tag) in tagged {
            function.secrets.insert(key.clone(), StoredSecret { updated_at: change.stamp(), tag });
            items.push(SecretKey { key: key.clone(), updated_at: change.stamp() });
        }
        let deployment = self.start_redeploy(slug, "secrets_changed", change)?;
        Ok(wire::SecretsPut { items, deployment })
    }

    /// `DELETE …/secrets/{key}`.
    pub(crate) fn delete_secret(
        &mut self,
        slug: &str,
        key: &str,
        change: &Change,
    ) -> Result<wire::SecretDeleted, Refusal> {
        let secrets = &mut self.function_mut(slug)?.secrets;
        let name = SecretName::parse(key).filter(|name| secrets.remove(name).is_some());
        let name = name.ok_or_else(|| Refusal::not_found(format!("Function `{slug}` has no secret `{key}`")))?;
        let deployment = self.start_redeploy(slug, "secrets_changed", change)?;
        Ok(wire::SecretDeleted { key: name, deleted: true, deployment })
    }

    /// Whether a secret holds exactly `value`.
    pub(crate) fn secret_is(&self, slug: &str, key: &str, value: &str) -> bool {
        let secret = self.stored.functions.get(slug).and_then(|function| function.secrets.get(key));
        secret.is_some_and(|secret| self.stored.hasher.matches(value.as_bytes(), &secret.tag))
    }
}
