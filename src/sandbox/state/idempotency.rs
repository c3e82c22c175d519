//! Idempotency keys: a POST that is sent again with its key gets the answer that it got before.
//!
//! Only successes are kept. A refusal changed nothing, so the same request may be tried again with
//! its key. The answers hold values that are shown once, so they are kept in memory only. A state
//! file holds which keys were used, for which request and when: after a restart such a key is
//! known, and is refused because its answer is not.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::hash::{Hasher, Tag};
use super::{Caller, Refusal};

/// How long a key is known. The IETF draft leaves it to the server; Stripe takes 24 hours.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// `Retry-After` for a request that is still running, in seconds: the header has no smaller number
/// but 0.
const RETRY_RUNNING_AFTER: u64 = 1;

/// The keys that were used, by the hash of the caller and the key.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    used: HashMap<Tag, UsedKey>,
    /// Keys of requests that have no answer yet, with the request's fingerprint. A restart ends
    /// those requests.
    #[serde(skip)]
    running: HashMap<Tag, Tag>,
}

#[derive(Debug, Serialize, Deserialize)]
struct UsedKey {
    /// The hash of the method, the path and the body.
    fingerprint: Tag,
    at: Timestamp,
    /// `None` after a restart.
    #[serde(skip)]
    answer: Option<Recorded>,
}

/// A success as it was first answered.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) status: u16,
    /// It may hold a value.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// What is known of a key when a request comes with it.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Nothing. [`Keys::record`] or [`Keys::release`] must follow.
    First(Tag),
    /// The answer that the same request got before.
    Replay(Recorded),
}

impl Keys {
    /// Claims `key` for a request.
    ///
    /// # Errors
    /// 422 `KEY_REUSED` if the key was used for another request; 409 `IN_PROGRESS` while the same
    /// one is running; 409 `CONFLICT` if the same one was answered before a restart.
    pub(super) fn claim(
        &mut self,
        hasher: &Hasher,
        caller: &Caller,
        key: &str,
        request: &[&[u8]],
    ) -> Result<Claim, Refusal> {
        let owner = hasher.tag(&joined(&[caller.id.as_str().as_bytes(), key.as_bytes()]));
        let fingerprint = hasher.tag(&joined(request));
        let used = self.used.get(&owner);
        let Some(known) = used.map(|used| used.fingerprint).or_else(|| self.running.get(&owner).copied()) else {
            self.running.insert(owner, fingerprint);
            return Ok(Claim::First(owner));
        };
        if known != fingerprint {
            return Err(Refusal::invalid("The idempotency key was used for another request").with_code("KEY_REUSED"));
        }
        match used.map(|used| used.answer.clone()) {
            Some(Some(answer)) => Ok(Claim::Replay(answer)),
            Some(None) => Err(Refusal::conflict("The idempotency key was used before the sandbox was restarted")),
            None => Err(Refusal::conflict("The same request is still running")
                .with_code("IN_PROGRESS")
                .with_retry_after(RETRY_RUNNING_AFTER)),
        }
    }

    /// Keeps the answer of a claimed request.
    pub(crate) fn record(&mut self, claim: Tag, answer: Recorded, at: Timestamp) {
        if let Some(fingerprint) = self.running.remove(&claim) {
            self.used.insert(claim, UsedKey { fingerprint, at, answer: Some(answer) });
        }
    }

    /// Gives a claim up: the request was refused.
    pub(crate) fn release(&mut self, claim: Tag) {
        self.running.remove(&claim);
    }

    /// Drops the keys that were used 24 hours ago or earlier.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        self.used.retain(|_, used| used.at.duration_until(now) < KEPT);
    }
}

/// The parts one after the other, each behind its length, so that no two lists of parts look the
/// same.
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
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/a"]));
        let running = keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/a"]).unwrap_err();
        assert_eq!((running.status, running.code, running.retry_after), (409, "IN_PROGRESS", Some(1)));
        keys.record(claim, answer(), at(0));
        let Ok(Claim::Replay(replay)) = keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/a"]) else {
            panic!("not replayed")
        };
        assert_eq!(replay.body, answer().body);
        let other = keys.claim(&hasher, &caller("usr_1"), "k", &[b"POST", b"/", b"a"]).unwrap_err();
        assert_eq!(other.status, 422);
        first(keys.claim(&hasher, &caller("usr_2"), "k", &[b"POST", b"/a"]));
    }

    #[test]
    fn a_key_that_was_released_or_is_a_day_old_is_free_again() {
        let (hasher, mut keys) = (Hasher::new([1; 32]), Keys::default());
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"]));
        keys.release(claim);
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"]));
        keys.record(claim, answer(), at(0));
        keys.forget_old(at(86_399));
        assert!(matches!(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"]), Ok(Claim::Replay(_))));
        keys.forget_old(at(86_400));
        first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"]));
    }

    #[test]
    fn what_is_written_down_says_that_a_key_was_used_and_holds_no_answer() {
        let (hasher, mut keys) = (Hasher::new([1; 32]), Keys::default());
        let claim = first(keys.claim(&hasher, &caller("usr_1"), "k", &[b"x"]));
        keys.record(claim, answer(), at(0));
        first(keys.claim(&hasher, &caller("usr_1"), "running", &[b"x"]));
        let written = serde_json::to_value(&keys).unwrap();
        let used: Vec<_> = written["used"].as_object().unwrap().values().collect();
        assert_eq!(used.len(), 1, "{written}");
        assert_eq!(used[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["fingerprint", "at"]);

        let mut read: Keys = serde_json::from_value(written).unwrap();
        let known = read.claim(&hasher, &caller("usr_1"), "k", &[b"x"]).unwrap_err();
        assert_eq!((known.status, known.code, known.retry_after), (409, "CONFLICT", None));
        assert_eq!(read.claim(&hasher, &caller("usr_1"), "k", &[b"y"]).unwrap_err().code, "KEY_REUSED");
        first(read.claim(&hasher, &caller("usr_1"), "running", &[b"x"]));
    }
}
