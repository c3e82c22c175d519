//! What a sandbox begins with.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::scenario::read_text;
use super::state::{Change, PrescribedToken, Refusal, State};
use super::value::IssuedValue;
use crate::api::wire::{CreateFunction, Deploy, FileContent, PutSecrets, SecretName, Slug, TokenName, limits};
use crate::error::Error;
use crate::secret::{SANDBOX_RUNTIME_PREFIX, Secret, is_token_shaped};

/// The code of a function that no code was given for.
const CODE: &str = "export default (input: unknown) => input;\n";

/// What `--seed-file FILE` holds.
///
/// ```json
/// {"functions": [
///   {"slug": "my-function",
///    "tokens": [{"name": "old", "created_at": "2026-01-01T00:00:00Z", "disabled": true}],
///    "secrets": {"KEY": "value"}},
///   {"slug": "empty", "deployed": false}
/// ]}
/// ```
///
/// A function is deployed and live, with its `default` token, unless it says otherwise; only one that is deployed can have
/// tokens. A token may prescribe its `value`, which begins with `jfn_rt_sbx_`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFile {
    functions: Vec<SeedFunction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFunction {
    slug: Slug,
    name: Option<String>,
    description: Option<String>,
    #[serde(default = "yes")]
    deployed: bool,
    #[serde(default)]
    tokens: Vec<SeedToken>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, Secret>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedToken {
    name: String,
    value: Option<Secret>,
    #[serde(default)]
    disabled: bool,
    created_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

fn yes() -> bool {
    true
}

impl SeedFile {
    /// `my-function` and `other-function`, both deployed and live.
    pub fn usual() -> Self {
        let function = |slug: Slug| SeedFunction {
            slug,
            name: None,
            description: None,
            deployed: true,
            tokens: Vec::new(),
            secrets: BTreeMap::new(),
        };
        Self {
            functions: ["my-function", "other-function"].into_iter().filter_map(Slug::parse).map(function).collect(),
        }
    }

    /// Reads the JSON of a seed file.
    ///
    /// # Errors
    /// `INPUT_ERROR` that says what makes no sense.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let seed: Self = serde_json::from_str(text)
            .map_err(|error| Error::input(format!("The seed file makes no sense: {error}")))?;
        seed.check().map_err(|what| Error::input(format!("The seed file makes no sense: {what}")))?;
        Ok(seed)
    }

    /// Reads a seed file.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot be read or makes no sense.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&read_text(path)?)
    }

    #[allow(clippy::disallowed_methods, reason = "the sandbox issues the values of its fixture")]
    fn check(&self) -> Result<(), String> {
        for function in &self.functions {
            let slug = &function.slug;
            if !function.deployed && !function.tokens.is_empty() {
                return Err(format!("`{slug}` has tokens but is not deployed"));
            }
            for token in &function.tokens {
                let name = &token.name;
                if TokenName::parse(name).is_none() || name == "default" {
                    return Err(format!("`{name}` cannot be the name of another token of `{slug}`"));
                }
                let value = token.value.as_ref().map(Secret::expose);
                if value.is_some_and(|value| !value.starts_with(SANDBOX_RUNTIME_PREFIX) || !is_token_shaped(value)) {
                    return Err(format!(
                        "the value of `{name}` is no token that begins with `{SANDBOX_RUNTIME_PREFIX}`"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Makes all of it, live at `at`; the values of the `default` tokens by slug.
    pub(super) fn plant(self, state: &mut State, at: Timestamp) -> anyhow::Result<BTreeMap<Slug, IssuedValue>> {
        let mut defaults = BTreeMap::new();
        for function in self.functions {
            let slug = function.slug.clone();
            let default = function.plant(state, at).map_err(|refusal| anyhow!(refusal.message));
            if let Some(value) = default.with_context(|| format!("cannot seed `{slug}`"))? {
                defaults.insert(slug, value);
            }
        }
        Ok(defaults)
    }
}

impl SeedFunction {
    #[allow(clippy::disallowed_methods, reason = "the sandbox issues the values of its fixture")]
    fn plant(self, state: &mut State, at: Timestamp) -> Result<Option<IssuedValue>, Refusal> {
        let (slug, change) = (self.slug, Change::at(at));
        let name = self.name.unwrap_or_else(|| slug.to_string());
        let at_slug = slug.as_str().to_owned();
        state.create_function(CreateFunction { slug, name, description: self.description }, at)?;
        if !self.secrets.is_empty() {
            state.put_secrets(&at_slug, &PutSecrets { secrets: self.secrets }, &change)?;
        }
        if !self.deployed {
            return Ok(None);
        }
        let entrypoint = limits::DEFAULT_ENTRYPOINT.to_owned();
        let file = FileContent { path: entrypoint.clone(), content: BASE64_STANDARD.encode(CODE) };
        let deployed = state.deploy(&at_slug, Deploy { entrypoint, files: vec![file] }, &change)?;
        for token in self.tokens {
            let prescribed = PrescribedToken {
                name: token.name,
                value: token.value.map(|value| IssuedValue::prescribed(value.expose())),
                disabled: token.disabled,
                created_at: token.created_at,
                last_used_at: token.last_used_at,
                expires_at: token.expires_at,
            };
            state.plant_token(&at_slug, prescribed, at)?;
        }
        state.make_live(&at_slug, at)?;
        Ok(deployed.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_makes_no_sense() {
        for (text, word) in [
            ("{}", "`functions`"),
            (r#"{"functions":[{"slug":"a","colour":1}]}"#, "`colour`"),
            (r#"{"functions":[{"slug":"a","deployed":false,"tokens":[{"name":"x"}]}]}"#, "`a`"),
            (r#"{"functions":[{"slug":"a","tokens":[{"name":"default"}]}]}"#, "`default`"),
            (r#"{"functions":[{"slug":"a","tokens":[{"name":"x","value":"jfn_rt_real"}]}]}"#, "`x`"),
        ] {
            let message = SeedFile::parse(text).unwrap_err().message();
            assert!(message.contains(word), "{message}");
            assert!(!message.contains("jfn_rt_real"), "{message}");
        }
    }
}
