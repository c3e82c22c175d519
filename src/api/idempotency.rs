//! The key that makes a POST repeatable: the server applies it once.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// An idempotency key: 1 to 255 visible ASCII characters without `"` and `\`, so that it can stand
/// in the quoted string that the IETF draft `idempotency-key-header` asks for.
///
/// A key that the user gave may be in use by another run of the same command, so a token that was
/// asked for with it is never revoked by an undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Recorded")]
pub struct IdempotencyKey {
    #[serde(rename = "idempotency_key")]
    text: String,
    #[serde(rename = "key_is_given")]
    is_given: bool,
}

/// A key as an entry of the recovery log has it.
#[derive(Deserialize)]
struct Recorded {
    idempotency_key: String,
    #[serde(default)]
    key_is_given: bool,
}

impl TryFrom<Recorded> for IdempotencyKey {
    type Error = Error;

    fn try_from(recorded: Recorded) -> Result<Self, Error> {
        Ok(Self { is_given: recorded.key_is_given, ..recorded.idempotency_key.parse()? })
    }
}

impl IdempotencyKey {
    pub(crate) fn random() -> Self {
        Self { text: uuid::Uuid::new_v4().to_string(), is_given: false }
    }

    /// The key of a further request of the same command. It depends on this key alone, so running
    /// the command again repeats that request too.
    pub(crate) fn derived(&self, step: &str) -> Self {
        let kept: String = self.text.chars().take(255 - step.len() - 1).collect();
        Self { text: format!("{kept}.{step}"), is_given: self.is_given }
    }

    pub(crate) fn is_given(&self) -> bool {
        self.is_given
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The header's value: a structured-field string (RFC 8941, section 3.3.3).
    pub(crate) fn header(&self) -> String {
        format!("\"{}\"", self.text)
    }
}

/// Parses a key that the user chose.
impl std::str::FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        if (1..=255).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self { text: text.to_owned(), is_given: true });
        }
        Err(Error::input("`--idempotency-key` takes 1 to 255 visible ASCII characters without quotes and backslashes"))
    }
}
