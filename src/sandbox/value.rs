//! Values that the sandbox issues, and where their randomness comes from.

use std::borrow::Cow;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::secret::{SANDBOX_MANAGEMENT_PREFIX, SANDBOX_RUNTIME_PREFIX};

/// How many characters of a value behind its type prefix are shown in lists.
const SHOWN: usize = 4;
/// The length of every value: a multiple of 3, so that base64 of a longer text still contains base64 of the value, which
/// is what a CI system's mask looks for.
const VALUE_LENGTH: usize = 51;
/// Behind `tok_`, `dep_` and the like.
const ID_LENGTH: usize = 16;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A credential's value that may be written: the answer that shows it once, and nothing else, holds one.
///
/// The client's own types cannot be serialised, so that this is the only type in the crate through which a value can
/// reach JSON.
#[derive(Clone)]
pub struct IssuedValue(Zeroizing<String>);

impl IssuedValue {
    /// Takes a value that a seed file prescribes.
    pub(super) fn prescribed(value: &str) -> Self {
        Self(Zeroizing::new(value.to_owned()))
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What lists show of a runtime token: the type prefix and 4 characters.
    pub(super) fn shown_prefix(&self) -> String {
        self.0.chars().take(SANDBOX_RUNTIME_PREFIX.len() + SHOWN).collect()
    }
}

impl std::fmt::Debug for IssuedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedValue([redacted])")
    }
}

impl Serialize for IssuedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl JsonSchema for IssuedValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "IssuedValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_.-]{8,4096}$", "description": "The value, shown this once."})
    }
}

/// Makes ids and values: HMAC-SHA256 in counter mode, so that the same seed yields the same sequence.
#[derive(Debug)]
pub(super) struct Mint {
    key: hmac::Key,
    counter: u64,
}

impl Mint {
    /// With a seed everything that follows is determined by it; without one it comes from the system.
    ///
    /// # Errors
    /// Fails if the system has no randomness to give.
    pub(super) fn new(seed: Option<u64>) -> anyhow::Result<Self> {
        let key = match seed {
            Some(seed) => seed.to_be_bytes().to_vec(),
            None => random_bytes()?.to_vec(),
        };
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), counter: 0 })
    }

    /// How much was drawn so far; kept in the state file, so that a seeded sandbox does not repeat itself.
    pub(super) fn position(&self) -> u64 {
        self.counter
    }

    /// Goes on from where an earlier process stopped.
    pub(super) fn resume_at(&mut self, position: u64) {
        self.counter = position;
    }

    /// A new id: `kind`, `_`, 16 letters and digits.
    pub(super) fn id(&mut self, kind: &str) -> String {
        format!("{kind}_{}", self.text(ID_LENGTH))
    }

    /// The value of a new runtime token.
    pub(super) fn runtime_value(&mut self) -> IssuedValue {
        self.value(SANDBOX_RUNTIME_PREFIX)
    }

    /// The value of a new management token.
    pub(super) fn management_value(&mut self) -> IssuedValue {
        self.value(SANDBOX_MANAGEMENT_PREFIX)
    }

    fn value(&mut self, prefix: &str) -> IssuedValue {
        IssuedValue(Zeroizing::new(format!("{prefix}{}", self.text(VALUE_LENGTH - prefix.len()))))
    }

    fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let block = hmac::sign(&self.key, &self.counter.to_be_bytes());
            self.counter += 1;
            // 248 is the largest multiple of 62 in a byte: what is above would favour the first letters.
            let fair = block.as_ref().iter().copied().filter(|&byte| byte < 248);
            text.extend(
                fair.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).take(length - text.len()),
            );
        }
        text
    }
}

/// 32 bytes from the system.
pub(super) fn random_bytes() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system gave no random bytes"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_a_length_that_base64_needs_no_padding_for() {
        let mut mint = Mint::new(Some(1)).unwrap();
        for value in [mint.runtime_value(), mint.management_value()] {
            assert_eq!(value.expose().len() % 3, 0);
            assert!(crate::secret::is_token_shaped(value.expose()));
        }
    }

    #[test]
    fn the_same_seed_yields_the_same_values_and_another_seed_others() {
        let first = |seed| Mint::new(Some(seed)).unwrap().runtime_value().expose().to_owned();
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }

    #[test]
    fn the_prefix_that_lists_show_is_the_type_prefix_and_four_characters() {
        let value = Mint::new(None).unwrap().runtime_value();
        let shown = value.shown_prefix();
        assert_eq!(shown.len(), "jfn_rt_sbx_".len() + 4);
        assert!(value.expose().starts_with(&shown));
    }
}
