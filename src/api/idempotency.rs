//! The key that makes a POST repeatable without doing twice what it asks.

use crate::error::Error;

/// An idempotency key: 1 to 255 visible ASCII characters without `"` and `\`, so that it can stand
/// in the quoted string that the IETF draft `idempotency-key-header` asks for.
///
/// A key that the user gave may be in use by another run of the same command, so a token that was
/// asked for with it is never revoked by an undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    text: String,
    is_given: bool,
}

impl IdempotencyKey {
    /// A new key that nobody has used.
    pub fn random() -> Self {
        Self { text: uuid::Uuid::new_v4().to_string(), is_given: false }
    }

    /// Takes a key that the user chose.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot stand in the header.
    pub fn given(text: &str) -> Result<Self, Error> {
        Ok(Self { is_given: true, ..Self::recorded(text)? })
    }

    /// Takes a random key back from the recovery log.
    ///
    /// # Errors
    /// As [`IdempotencyKey::given`].
    pub fn recorded(text: &str) -> Result<Self, Error> {
        let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        if (1..=255).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self { text: text.to_owned(), is_given: false });
        }
        Err(Error::input("`--idempotency-key` takes 1 to 255 visible ASCII characters without quotes and backslashes"))
    }

    /// A key for a further request of the same command, so that running it again repeats that one
    /// too.
    #[must_use]
    pub fn derived(&self, step: &str) -> Self {
        let kept: String = self.text.chars().take(255 - step.len() - 1).collect();
        Self { text: format!("{kept}.{step}"), is_given: self.is_given }
    }

    /// Whether the user chose it, and so can repeat the command.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The header's value: a structured-field string (RFC 8941, section 3.3.3).
    pub fn header(&self) -> String {
        format!("\"{}\"", self.text)
    }
}

/// Takes `--idempotency-key`.
impl std::str::FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::given(text)
    }
}
