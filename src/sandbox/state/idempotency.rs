//! Idempotency keys: a POST that is sent again with its key gets the answer that it got before.
//!
//! Only successes are kept. A refusal changed nothing, so the same request may be tried again with
//! its key. The answers hold values that are shown once, so they are kept in memory only. A state
//! file holds which keys were used, for which request and when: after a restart such a key is
//! known, and is refused because its answer is not.

use jiff::{SignedDuration, Timestamp};

use super::hash::Tag;
use super::refusal::Refusal;
use super::stored::{Caller, Recorded, State, Stored, UsedKey};

/// How long a key is known. The IETF draft leaves it to the server; Stripe takes 24 hours.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// `Retry-After` for a request that is still running, in seconds: the header has no smaller number
/// but 0.
const RETRY_RUNNING_AFTER: u64 = 1;

/// What is known of a key when a request comes with it.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Nothing. [`State::record`] or [`State::release`] must follow.
    First(Tag),
    /// The answer that the same request got before.
    Replay(Recorded),
}

impl State {
    /// Claims `key` for a POST.
    ///
    /// # Errors
    /// 422 `KEY_REUSED` if the key was used for another request; 409 `IN_PROGRESS` while the same
    /// one is running; 409 `CONFLICT` if the same one was answered before a restart.
    pub(crate) fn claim(&mut self, caller: &Caller, key: &str, path: &str, body: &[u8]) -> Result<Claim, Refusal> {
        let Stored { hasher, keys, .. } = &mut self.stored;
        // An id holds no space and a path no line break, so no two pairs look the same.
        let owner = hasher.tag(format!("{} {key}", caller.id).as_bytes());
        let fingerprint = hasher.tag(&[path.as_bytes(), b"\n", body].concat());
        let used = keys.used.get(&owner);
        let Some(known) = used.map(|used| used.fingerprint).or_else(|| keys.running.get(&owner).copied()) else {
            keys.running.insert(owner, fingerprint);
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
        if let Some(fingerprint) = self.stored.keys.running.remove(&claim) {
            self.stored.keys.used.insert(claim, UsedKey { fingerprint, at, answer: Some(answer) });
        }
    }

    /// Gives a claim up: the request was refused.
    pub(crate) fn release(&mut self, claim: Tag) {
        self.stored.keys.running.remove(&claim);
    }

    /// Drops the keys that were used 24 hours ago or earlier.
    pub(super) fn forget_old_keys(&mut self, now: Timestamp) {
        self.stored.keys.used.retain(|_, used| used.at.duration_until(now) < KEPT);
    }
}
