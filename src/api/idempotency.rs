//! The key that makes a POST repeatable without doing twice what it asks.

use crate::error::Error;

/// An idempotency key: 1 to 255 visible ASCII characters without `"` and `\`, so that it can stand in the quoted string
/// that the IETF draft `idempotency-key-header` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A new key that nobody has used.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// Takes a key that the user chose.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot stand in the header.
    pub fn given(text: &str) -> Result<Self, Error> {
        let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        if (1..=255).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::input("`--idempotency-key` takes 1 to 255 visible ASCII characters without quotes and backslashes"))
    }

    /// A key for a further request of the same command, so that running it again repeats that one too.
    #[must_use]
    pub fn derived(&self, step: &str) -> Self {
        let kept: String = self.0.chars().take(255 - step.len() - 1).collect();
        Self(format!("{kept}.{step}"))
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The header's value: a structured-field string (RFC 8941, section 3.3.3).
    pub fn header(&self) -> String {
        format!("\"{}\"", self.0)
    }
}
