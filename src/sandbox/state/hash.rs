//! Credentials as they are kept: hashes under a secret key, never values.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The hash of a credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Tag([u8; 32]);

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tag(…)")
    }
}

/// HMAC-SHA256 under a random key.
///
/// Without the key nobody can try values against a hash. A state file holds the key, because its
/// hashes are of no use without it.
#[derive(Clone)]
pub(crate) struct Hasher {
    secret: [u8; 32],
    key: hmac::Key,
}

impl Hasher {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret, key: hmac::Key::new(hmac::HMAC_SHA256, &secret) }
    }

    /// The hash by which a value is looked up.
    pub(crate) fn tag(&self, value: &[u8]) -> Tag {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.key, value).as_ref());
        Tag(tag)
    }

    /// Whether `tag` is the hash of `value`, in constant time.
    pub(crate) fn matches(&self, value: &[u8], tag: &Tag) -> bool {
        hmac::verify(&self.key, value, &tag.0).is_ok()
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher(…)")
    }
}

impl Serialize for Hasher {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(self.secret))
    }
}

impl<'de> Deserialize<'de> for Hasher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes32(deserializer).map(Self::new)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes32(deserializer).map(Self)
    }
}

fn bytes32<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = BASE64_STANDARD.decode(text).map_err(serde::de::Error::custom)?;
    <[u8; 32]>::try_from(bytes.as_slice()).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_shows_its_bytes_when_it_is_printed_by_accident() {
        let hasher = Hasher::new([7; 32]);
        assert_eq!(format!("{:?}", hasher.tag(b"x")), "Tag(…)");
        assert_eq!(format!("{hasher:?}"), "Hasher(…)");
    }
}
