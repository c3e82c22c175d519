//! Where ids and values come from: the system's random numbers, or a sequence that a seed
//! determines.

use ring::rand::{SecureRandom, SystemRandom};

use super::issued_value::IssuedValue;
use crate::api::wire::Id;

/// The length of every value. It is a multiple of 3, so that base64 of a longer text still contains
/// base64 of the value, which is what a CI system's mask looks for.
const VALUE_LENGTH: usize = 51;
/// Behind `tok_`, `dep_` and the like; 62^16 ids are enough never to meet one twice.
const ID_LENGTH: usize = 16;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[derive(Clone, Debug)]
pub(super) enum ValueSource {
    System,
    /// For tests and demonstrations: the seed determines every value.
    Seeded(fastrand::Rng),
}

impl ValueSource {
    pub(super) fn new(seed: Option<u64>) -> anyhow::Result<Self> {
        match seed {
            None => random_bytes().map(|_| Self::System),
            Some(seed) => Ok(Self::Seeded(fastrand::Rng::with_seed(seed))),
        }
    }

    /// Goes on where an earlier process stopped, so that a seeded sandbox with a state file does
    /// not repeat itself.
    pub(super) fn resume(&mut self, rest: Option<u64>) {
        if let (Self::Seeded(random), Some(rest)) = (self, rest) {
            random.seed(rest);
        }
    }

    /// The seed from which the rest of the sequence follows; `None` without a seed.
    pub(super) fn rest(&self) -> Option<u64> {
        match self {
            Self::System => None,
            Self::Seeded(random) => Some(random.get_seed()),
        }
    }

    /// A new id: `kind`, `_`, 16 letters and digits.
    pub(super) fn id(&mut self, kind: &str) -> Id {
        let id = format!("{kind}_{}", self.text(ID_LENGTH));
        // `kind` is a word of ours, and `ALPHABET` is part of what an id may hold.
        Id::parse(&id).unwrap_or_else(|| unreachable!("`{id}` is an id"))
    }

    /// The value of a new credential.
    pub(super) fn value(&mut self, prefix: &str) -> IssuedValue {
        format!("{prefix}{}", self.text(VALUE_LENGTH - prefix.len())).into()
    }

    fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let bytes = self.bytes();
            // 248 is the largest multiple of 62 in a byte: what is above would favour the first
            // letters.
            let fair = bytes.into_iter().filter(|&byte| byte < 248);
            let letters = fair.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
            text.extend(letters.take(length - text.len()));
        }
        text
    }

    fn bytes(&mut self) -> [u8; 32] {
        match self {
            // It worked in `new`, and getrandom(2) does not fail for 32 bytes after it has worked
            // once.
            Self::System => random_bytes().unwrap_or_else(|error| unreachable!("{error}")),
            Self::Seeded(random) => std::array::from_fn(|_| random.u8(..)),
        }
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
    fn a_seeded_sequence_goes_on_where_it_stopped() {
        let mut source = ValueSource::new(Some(7)).unwrap();
        source.id("tok");
        let mut resumed = ValueSource::new(Some(7)).unwrap();
        resumed.resume(source.rest());
        assert_eq!(resumed.id("tok"), source.id("tok"));
        assert_ne!(resumed.id("tok"), ValueSource::new(Some(8)).unwrap().id("tok"));
    }
}
