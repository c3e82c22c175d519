//! The initial data of a sandbox (`--seed-file`).

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::handler::Handler;
use super::issued_value::IssuedValue;
use super::state::{Change, DEFAULT_NAME, NewToken, Opening, Refusal, State};
use crate::api::wire::{CreateFunction, Deploy, FileContent, PutSecrets, SecretName, Slug, limits};
use crate::error::Error;
use crate::files;
use crate::secret::{SANDBOX_RUNTIME_PREFIX, Secret, is_token_shaped};
use crate::strict_json;

/// The code of a fixture's functions; a function of the sandbox echoes its input whatever its code
/// is.
const CODE: &str = "export default (input: unknown) => input;\n";

/// The longest seed file, in bytes: a program that writes one may want a million tokens. A wrong
/// file must not fill the memory.
const LONGEST: u64 = 256 << 20;

/// The functions that a sandbox starts with.
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
/// A function is deployed and live, with its `default` token, unless `deployed` is false; it can
/// then have no tokens. A token may have a `value`, which begins with `jfn_rt_sbx_`. A function is
/// `"public": true` if it needs no token, and `"mcp": false` if it has no MCP endpoint. It echoes
/// its input, unless it has a `handler`: `{"status": 400, "body": …, "delay": "2s", "timeout": "30s"}`,
/// any of them. A `body` that is a string is sent as it is, another one as JSON; past its `timeout`
/// it is a 504.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct Fixture {
    functions: Vec<FixtureFunction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct FixtureFunction {
    slug: Slug,
    name: Option<String>,
    description: Option<String>,
    #[serde(default = "yes")]
    deployed: bool,
    /// Whether no token is needed.
    #[serde(default)]
    public: bool,
    /// Whether there is an MCP endpoint.
    #[serde(default = "yes")]
    mcp: bool,
    #[serde(default)]
    handler: Handler,
    #[serde(default)]
    tokens: Vec<NewToken>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, Secret>,
}

/// serde takes the name of a function for a default that is not `Default`.
fn yes() -> bool {
    true
}

impl Fixture {
    /// `my-function` and `other-function`, both deployed and live.
    pub fn example() -> Self {
        let example = r#"{"functions": [{"slug": "my-function"}, {"slug": "other-function"}]}"#;
        // A constant that every test of the sandbox reads.
        Self::parse(example).unwrap_or_else(|error| unreachable!("{}", error.message()))
    }

    /// Reads the JSON of a fixture.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names what is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |what: String| Error::input(format!("The seed file is not valid: {what}"));
        let fixture: Self = strict_json::from_slice(text.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        fixture.functions.iter().try_for_each(FixtureFunction::check).map_err(invalid)?;
        Ok(fixture)
    }

    pub fn read(path: &Path) -> Result<Self, Error> {
        let unread = |error| Error::input(format!("`{}` cannot be read", path.display())).caused_by(error);
        Self::parse(&files::read_text_of(path, LONGEST).map_err(unread)?)
    }

    /// Creates the functions, live at `at`; returns the values of their `default` tokens by slug.
    pub(super) fn create_in(self, state: &mut State, at: Timestamp) -> anyhow::Result<BTreeMap<Slug, IssuedValue>> {
        let mut defaults = BTreeMap::new();
        for function in self.functions {
            let slug = function.slug.clone();
            let default = function.create_in(state, at).map_err(|refusal| anyhow!(refusal.message));
            if let Some(value) = default.with_context(|| format!("cannot create `{slug}`"))? {
                defaults.insert(slug, value);
            }
        }
        Ok(defaults)
    }
}

impl FixtureFunction {
    fn check(&self) -> Result<(), String> {
        let slug = &self.slug;
        if !self.deployed && !self.tokens.is_empty() {
            return Err(format!("`{slug}` has tokens but is not deployed"));
        }
        for NewToken { name, value, .. } in &self.tokens {
            if name == DEFAULT_NAME {
                return Err(format!("`{slug}` has its token `{name}` from its deploy"));
            }
            let value = value.as_ref().map(IssuedValue::expose);
            if value.is_some_and(|value| !value.starts_with(SANDBOX_RUNTIME_PREFIX) || !is_token_shaped(value)) {
                return Err(format!("the value of `{name}` is no token that begins with `{SANDBOX_RUNTIME_PREFIX}`"));
            }
        }
        Ok(())
    }

    fn create_in(self, state: &mut State, at: Timestamp) -> Result<Option<IssuedValue>, Refusal> {
        let (slug, change) = (self.slug, Change::at(at));
        let name = self.name.unwrap_or_else(|| slug.to_string());
        state.create_function(CreateFunction { slug: slug.clone(), name, description: self.description }, at)?;
        let slug = slug.as_str();
        let opening = Opening { public: self.public, without_mcp: !self.mcp, handler: self.handler };
        state.open(slug, opening)?;
        if !self.secrets.is_empty() {
            state.put_secrets(slug, &PutSecrets { secrets: self.secrets }, &change)?;
        }
        if !self.deployed {
            return Ok(None);
        }
        let entrypoint = limits::DEFAULT_ENTRYPOINT.to_owned();
        let file = FileContent { path: entrypoint.clone(), content: BASE64_STANDARD.encode(CODE) };
        let deployed = state.deploy(slug, Deploy { entrypoint, files: vec![file] }, &change)?;
        for token in self.tokens {
            state.add_token(slug, token, at)?;
        }
        state.make_live(slug, at)?;
        Ok(deployed.token)
    }
}
