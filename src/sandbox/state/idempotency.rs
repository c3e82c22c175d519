//! Answers that can be replayed: the same POST with the same key is carried out once.
//!
//! Only successes are recorded. A refusal changed nothing, so that the same request may simply be tried again with its key
//! once the reason is gone. An answer may hold a value that is shown once: it is kept in memory alone, and in a state file
//! only sealed under a key that is derived from its idempotency key, which the file does not hold.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::hash::{Hasher, Tag};
use super::{Caller, Refusal};

/// How long an answer can be replayed.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// When to ask again for the answer of a request that is still running, in seconds.
const ASK_AGAIN: u64 = 1;

/// The recorded answers, by caller and key.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Keys {
    entries: HashMap<Tag, Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Of the method, the path and the body.
    fingerprint: Tag,
    at: Timestamp,
    #[serde(skip)]
    answer: Option<Recorded>,
    sealed: Option<Sealed>,
}

/// A success as it was first answered.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The status.
    pub status: u16,
    /// The body; it may hold a value.
    pub body: Zeroizing<Vec<u8>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    status: u16,
    salt: Tag,
    body: String,
}

/// What a key says about a request.
#[derive(Debug)]
pub enum Claim {
    /// It is the first with this key; [`Keys::record`] or [`Keys::release`] must follow.
    First(Tag),
    /// It was carried out already.
    Replay(Recorded),
}

impl Keys {
    /// Claims `key` for a request.
    ///
    /// # Errors
    /// 422 if the key was used for another request; 409 `IN_PROGRESS` if the same one is still running.
    pub fn claim(
        &mut self,
        hasher: &Hasher,
        caller: &Caller,
        key: &str,
        request: &[&[u8]],
        now: Timestamp,
    ) -> Result<Claim, Refusal> {
        let owner = hasher.tag(&joined(&[caller.id.as_str().as_bytes(), key.as_bytes()]));
        let fingerprint = hasher.tag(&joined(request));
        let Some(entry) = self.entries.get(&owner) else {
            self.entries.insert(owner, Entry { fingerprint, at: now, answer: None, sealed: None });
            return Ok(Claim::First(owner));
        };
        if entry.fingerprint != fingerprint {
            return Err(Refusal::invalid("The idempotency key was used for another request").code("KEY_REUSED"));
        }
        let answer = entry.answer.clone().or_else(|| entry.sealed.as_ref().and_then(|sealed| sealed.open(key)));
        answer.map(Claim::Replay).ok_or_else(|| {
            Refusal::conflict("The same request is still running").code("IN_PROGRESS").retry_after(ASK_AGAIN)
        })
    }

    /// Records the answer of a claimed request; with `seal_under` also in the form that a state file may hold.
    pub fn record(&mut self, hasher: &Hasher, claim: Tag, answer: Recorded, seal_under: Option<&str>) {
        if let Some(entry) = self.entries.get_mut(&claim) {
            entry.sealed = seal_under.and_then(|key| Sealed::seal(hasher, &answer, key));
            entry.answer = Some(answer);
        }
    }

    /// Gives a claim up: the request was refused.
    pub fn release(&mut self, claim: Tag) {
        self.entries.remove(&claim);
    }

    /// Drops what is too old to be replayed.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| entry.at.duration_until(now) < KEPT);
    }

    /// Drops what cannot be replayed by another process: what was running, and what was not sealed.
    pub fn forget_unsealed(&mut self) {
        self.entries.retain(|_, entry| entry.sealed.is_some());
    }
}

impl Sealed {
    fn seal(hasher: &Hasher, answer: &Recorded, key: &str) -> Option<Self> {
        let salt = hasher.tag(&joined(&[key.as_bytes(), &answer.body]));
        let mut body = answer.body.to_vec();
        let aad = Aad::from(answer.status.to_be_bytes());
        cipher(key, &salt)?.seal_in_place_append_tag(nonce(), aad, &mut body).ok()?;
        Some(Self { status: answer.status, salt, body: BASE64_STANDARD.encode(body) })
    }

    fn open(&self, key: &str) -> Option<Recorded> {
        let mut body = BASE64_STANDARD.decode(&self.body).ok()?;
        let aad = Aad::from(self.status.to_be_bytes());
        let plain = cipher(key, &self.salt)?.open_in_place(nonce(), aad, &mut body).ok()?;
        Some(Recorded { status: self.status, body: Zeroizing::new(plain.to_vec()) })
    }
}

fn cipher(key: &str, salt: &Tag) -> Option<LessSafeKey> {
    let derived = Salt::new(HKDF_SHA256, salt.as_bytes()).extract(key.as_bytes());
    let okm = derived.expand(&[b"jelou sandbox answer"], &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(okm)))
}

/// Fixed, because the salt is a hash of the text: a derived key never seals two texts.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// The parts one after the other, each behind its length, so that no two lists of parts look the same.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.len().to_be_bytes().into_iter().chain(part.iter().copied())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::Id;

    fn caller(id: &str) -> Caller {
        Caller { id: Id::parse(id).unwrap(), name: "ci".to_owned(), scopes: Vec::new() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn first(claim: Result<Claim, Refusal>) -> Tag {
        match claim {
            Ok(Claim::First(tag)) => tag,
            other => panic!("{other:?}"),
        }
    }

    fn answer() -> Recorded {
        Recorded { status: 201, body: Zeroizing::new(b"{\"token\":\"jfn_rt_sbx_value\"}".to_vec()) }
    }

    #[test]
    fn the_same_request_is_replayed_and_another_one_refused() {
        let (hasher, mut keys) = (Hasher::new([1; 32]), Keys::default());
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/a"], at(0)));
        let running = keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/a"], at(0)).unwrap_err();
        assert_eq!((running.status, running.code, running.retry_after), (409, "IN_PROGRESS", Some(1)));
        keys.record(&hasher, claim, answer(), None);
        let Ok(Claim::Replay(replay)) = keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/a"], at(1)) else {
            panic!("not replayed")
        };
        assert_eq!(replay.body, answer().body);
        let other = keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/", b"a"], at(1)).unwrap_err();
        assert_eq!(other.status, 422);
        first(keys.claim(&hasher, &caller("usr_2"), "k", &[b"POST", b"/a"], at(1)));
    }

    #[test]
    fn a_key_that_was_released_or_is_a_day_old_is_free_again() {
        let (hasher, mut keys) = (Hasher::new([1; 32]), Keys::default());
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"], at(0)));
        keys.release(claim);
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"], at(0)));
        keys.record(&hasher, claim, answer(), None);
        keys.forget_old(at(86_399));
        assert!(matches!(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"], at(86_399)), Ok(Claim::Replay(_))));
        keys.forget_old(at(86_400));
        first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"], at(86_400)));
    }

    #[test]
    fn what_is_written_down_holds_no_value_and_opens_with_its_key_alone() {
        let (hasher, mut keys) = (Hasher::new([1; 32]), Keys::default());
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"], at(0)));
        keys.record(&hasher, claim, answer(), Some("k"));
        first(keys.claim(&hasher, &caller("usr_1"), "running", &[b"x"], at(0)));
        let text = serde_json::to_string(&keys).unwrap();
        assert!(!text.contains("jfn_rt_sbx_value"));

        let mut read: Keys = serde_json::from_str(&text).unwrap();
        read.forget_unsealed();
        let Ok(Claim::Replay(replay)) = read.claim(&hasher, &caller("usr_1"), "k", &[b"x"], at(1)) else {
            panic!("not replayed")
        };
        assert_eq!(replay.body, answer().body);
        first(read.claim(&hasher, &caller("usr_1"), "running", &[b"x"], at(1)));
        let sealed = read.entries.values().find_map(|entry| entry.sealed.as_ref()).unwrap();
        assert!(sealed.open("another").is_none());
    }
}
