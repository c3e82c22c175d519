//! The initial data of a sandbox (`--seed-file`).

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::handler::Handler;
use super::issued_value::IssuedValue;
use super::state::{Change, DEFAULT_NAME, NewToken, Opening, Refusal, State};
use super::user_file;
use crate::api::wire::{CreateFunction, Deploy, FileContent, PutSecrets, SecretName, Slug, limits};
use crate::error::Error;
use crate::secret::{SANDBOX_RUNTIME_PREFIX, Secret, is_token_shaped};

/// The code of a fixture's functions; a function of the sandbox echoes its input whatever its code
/// is.
const CODE: &str = "export default (input: unknown) => input;\n";

/// How errors name it.
const WHAT: &str = "The seed file";

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

    /// Reads a fixture, in JSON or TOML.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the key and what is expected there.
    pub fn parse(text: &str) -> Result<Self, Error> {
        user_file::parse::<Self>(text, WHAT)?.checked(WHAT)
    }

    /// Reads a file; its ending says whether it is TOML or JSON.
    ///
    /// # Errors
    /// As [`Fixture::parse`]; and if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let what = format!("{WHAT} `{}`", path.display());
        user_file::read::<Self>(path, WHAT)?.checked(&what)
    }

    /// What no type says: values that must differ, and what goes together.
    fn checked(self, what: &str) -> Result<Self, Error> {
        let (mut slugs, mut values) = (HashSet::new(), HashSet::new());
        for (at, function) in self.functions.iter().enumerate() {
            let place = format!("functions[{at}]");
            if !slugs.insert(&function.slug) {
                let wrong = format!("expected another slug, `{}` is there already", function.slug);
                return Err(user_file::invalid(what, &format!("{place}.slug"), &wrong));
            }
            for (at, token) in function.tokens.iter().enumerate() {
                if token.value.as_ref().is_some_and(|value| !values.insert(value.expose())) {
                    let place = format!("{place}.tokens[{at}].value");
                    return Err(user_file::invalid(what, &place, "expected another value, another token has this one"));
                }
            }
            function.check().map_err(|(key, wrong)| user_file::invalid(what, &format!("{place}.{key}"), &wrong))?;
        }
        Ok(self)
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
    /// The key that is wrong, and what is expected there.
    fn check(&self) -> Result<(), (String, String)> {
        if !self.deployed && !self.tokens.is_empty() {
            return Err(("tokens".to_owned(), "expected none, for the function is not deployed".to_owned()));
        }
        let mut names = HashSet::new();
        for (at, NewToken { name, value, .. }) in self.tokens.iter().enumerate() {
            let wrong = |key: &str, wrong: String| Err((format!("tokens[{at}].{key}"), wrong));
            if name == DEFAULT_NAME {
                return wrong("name", format!("expected another name, the deploy issues the token `{name}`"));
            }
            if !names.insert(name) {
                return wrong("name", format!("expected another name, `{name}` is there already"));
            }
            let value = value.as_ref().map(IssuedValue::expose);
            if value.is_some_and(|value| !value.starts_with(SANDBOX_RUNTIME_PREFIX) || !is_token_shaped(value)) {
                return wrong("value", format!("expected a token that begins with `{SANDBOX_RUNTIME_PREFIX}`"));
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
