//! Secret values as types: no `Display`, no `Serialize`, a redacted `Debug`, wiped when dropped.
//!
//! A value leaves through [`Secret::expose`] alone: to the authentication header, the mask of a CI
//! system, and a sink. It is also read where its form is checked and where a profile is stored;
//! `clippy.toml` refuses every other use. The two kinds of token are two types, so that sending one
//! to the wrong plane does not compile.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use crate::error::Error;
use crate::exit::ErrorCode;

/// With so many characters behind its type prefix a text is taken for a whole value. What `list`
/// shows as a prefix (`jfn_rt_sbx_abc1`) has fewer.
pub(crate) const WHOLE_VALUE: usize = 12;

/// Begins every runtime token (vendor's docs: “Runtime tokens (prefix `jfn_rt_`)”).
pub const RUNTIME_PREFIX: &str = "jfn_rt_";
pub const MANAGEMENT_PREFIX: &str = "jfn_pat_";
pub const SANDBOX_RUNTIME_PREFIX: &str = "jfn_rt_sbx_";
pub const SANDBOX_MANAGEMENT_PREFIX: &str = "jfn_pat_sbx_";
/// In bytes. Less is no secret; the gateway refuses more than 4096.
pub(crate) const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 8..=4096;

/// A secret text.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }

    fn begins(&self, prefix: &str) -> bool {
        self.0.expose_secret().starts_with(prefix)
    }

    /// The text itself, for what must send, mask, deliver or check it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Whether a text has the form of a token: one line of `[A-Za-z0-9_.-]`, 8 to 4096 bytes. The
/// alphabet holds nothing that a shell, JSON, a URL or a mask command would have to escape.
pub(crate) fn is_token_shaped(text: &str) -> bool {
    TOKEN_LENGTH.contains(&text.len()) && text.bytes().all(is_token_byte)
}

/// Whether a token may hold this byte.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Whether a text holds what looks like a whole value of a kind of token.
pub(crate) fn holds_value(text: &[u8], prefix: &str) -> bool {
    let begins = |at: usize| text[at..].starts_with(prefix.as_bytes());
    let length =
        |at: usize| text[at + prefix.len()..].iter().take(WHOLE_VALUE).take_while(|byte| is_token_byte(**byte)).count();
    (0..text.len()).any(|at| begins(at) && length(at) == WHOLE_VALUE)
}

/// A runtime token (`jfn_rt_…`): opens functions at the gateway, in the header `X-Jelou-Token`.
#[derive(Clone, Debug)]
pub struct RuntimeToken(Secret);

impl RuntimeToken {
    /// Takes a value that the platform issued. An error does not repeat it.
    pub fn issued(value: Secret) -> Result<Self, Error> {
        let problem = if value.begins(MANAGEMENT_PREFIX) {
            "The server issued a management token where a runtime token belongs"
        } else if is_token_shaped(value.0.expose_secret()) {
            return Ok(Self(value));
        } else {
            "The server issued a token that is not one line of `[A-Za-z0-9_.-]`"
        };
        Err(Error::new(ErrorCode::ApiError, problem))
    }

    /// Takes a value that the user gave as a credential for the gateway: as [`given`], but not a
    /// management token.
    pub(crate) fn given(text: &str, origin: &str) -> Result<Self, Error> {
        let value = given(text, origin)?;
        if value.begins(MANAGEMENT_PREFIX) {
            return Err(Error::input(format!("{origin} holds a management token (`jfn_pat_…`), not a runtime token"))
                .with_hint("a function takes a runtime token (`jfn_rt_…`); create one with `jelou tokens create`"));
        }
        Ok(Self(value))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// Whether it says itself that it is a runtime token.
    pub(crate) fn has_prefix(&self) -> bool {
        self.0.begins(RUNTIME_PREFIX)
    }

    /// Whether the sandbox issued it, so that it may go to loopback only.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.0.begins(SANDBOX_RUNTIME_PREFIX)
    }
}

/// A management token: opens the control plane, as a bearer token. It is a personal access token
/// (`jfn_pat_…`) or an API key of the platform, whose form the vendor does not document.
#[derive(Clone, Debug)]
pub struct ManagementToken(Secret);

impl ManagementToken {
    /// Takes a value that the user gave as a credential for the control plane: as [`given`], but
    /// not a runtime token.
    pub(crate) fn given(text: &str, origin: &str) -> Result<Self, Error> {
        let value = given(text, origin)?;
        if value.begins(RUNTIME_PREFIX) {
            return Err(Error::input(format!("{origin} holds a runtime token (`jfn_rt_…`), not a management token"))
                .with_hint(
                    "the control plane takes an API key of the platform or a personal access token (`jfn_pat_…`)",
                ));
        }
        Ok(Self(value))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// Whether the sandbox issued it, so that it may go to loopback only.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.0.begins(SANDBOX_MANAGEMENT_PREFIX)
    }
}

/// Cuts off surrounding white space; `INPUT_ERROR`, without the value, if the rest is not
/// [token-shaped](is_token_shaped).
fn given(text: &str, origin: &str) -> Result<Secret, Error> {
    match text.trim() {
        "" => Err(Error::input(format!("{origin} holds no token"))),
        text if is_token_shaped(text) => Ok(Secret::new(text)),
        _ => Err(Error::input(format!(
            "{origin} does not hold a token: one line of 8 to 4096 of `[A-Za-z0-9_.-]` is expected"
        ))),
    }
}
