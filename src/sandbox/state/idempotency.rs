//! Idempotency keys: a POST that is sent again with its key gets the answer that it got before.
//!
//! An answer is kept for 24 hours, in at most 2 KiB with its key: what is long in it is shared.
//!
//! Only successes are kept. A refusal changed nothing, so the same request may be tried again with
//! its key. The answers hold values that are shown once, so they are kept in memory only. A state
//! file holds which keys were used, for which request and when: after a restart such a key is
//! known, and is refused because its answer is not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use memchr::memmem;
use zeroize::Zeroizing;

use super::hash::Tag;
use super::redeploy::size_of;
use super::refusal::Refusal;
use super::stored::{Caller, Keys, Recorded, State, Stored, StoredFunction, UsedKey};
use super::tracked::steps;
use crate::api::wire;

/// How long a key is known. The IETF draft leaves it to the server; Stripe takes 24 hours.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The shortest list of files that answers share, in bytes: below, sharing costs as much.
const SHARED: usize = 128;
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

    /// Keeps the status and the body with which a claimed request was answered, and the function
    /// whose deployment it shows.
    pub(crate) fn record(&mut self, claim: Tag, (status, body): (u16, &[u8]), slug: Option<&str>, at: Timestamp) {
        let function = slug.and_then(|slug| self.stored.functions.get(slug));
        let files = function.and_then(StoredFunction::files_as_json);
        let keys = &mut self.stored.keys;
        let answer = Recorded::of(status, body, files.map(|files| keys.shared(files)));
        if let Some(fingerprint) = keys.running.remove(&claim) {
            keys.put(claim, UsedKey { fingerprint, at, answer: Some(answer) });
        }
    }

    /// Gives a claim up: the request was refused.
    pub(crate) fn release(&mut self, claim: Tag) {
        self.stored.keys.running.remove(&claim);
    }

    /// Drops the keys that were used 24 hours ago or earlier.
    pub(super) fn forget_old_keys(&mut self, now: Timestamp) {
        let keys = &mut self.stored.keys;
        while let Some(&(at, key)) = keys.by_age.first()
            && at.duration_until(now) >= KEPT
        {
            steps::count();
            keys.forget(&key);
        }
    }
}

impl Keys {
    /// Puts a key into its place.
    pub(super) fn put(&mut self, key: Tag, used: UsedKey) {
        self.forget(&key);
        self.by_age.insert((used.at, key));
        self.used.insert(key, used);
    }

    pub(super) fn forget(&mut self, key: &Tag) {
        let Some(used) = self.used.remove(key) else { return };
        self.by_age.remove(&(used.at, *key));
        let files = used.answer.and_then(|answer| answer.files);
        // One is this one, one the set's.
        if let Some(files) = files.filter(|files| Arc::strong_count(files) <= 2) {
            self.files.remove(&files);
        }
    }

    /// The same list of files, in memory once.
    fn shared(&mut self, files: Vec<u8>) -> Arc<[u8]> {
        if let Some(known) = self.files.get(files.as_slice()) {
            return Arc::clone(known);
        }
        let files = Arc::from(files);
        self.files.insert(Arc::clone(&files));
        files
    }
}

impl Recorded {
    /// An answer, cut where `files` stands in it.
    fn of(status: u16, body: &[u8], files: Option<Arc<[u8]>>) -> Self {
        let part = |bytes: &[u8]| Zeroizing::new(Box::from(bytes));
        let at = files.as_deref().and_then(|files| memmem::find(body, files));
        match (at, files) {
            (Some(at), Some(files)) => {
                let (begin, end) = (part(&body[..at]), part(&body[at + files.len()..]));
                Self { status, begin, files: Some(files), end }
            }
            _ => Self { status, begin: part(body), files: None, end: part(&[]) },
        }
    }

    /// The body, as it was first sent.
    pub(crate) fn body(&self) -> Vec<u8> {
        [&self.begin, self.files.as_deref().unwrap_or_default(), &self.end].concat()
    }
}

impl StoredFunction {
    /// The files of the code that the next redeploy runs, as answers show them; nothing if they are
    /// too short to be shared.
    fn files_as_json(&self) -> Option<Vec<u8>> {
        let files: Vec<wire::FileSize> = self.uploads.get(self.code.as_ref()?)?.iter().map(size_of).collect();
        let json = serde_json::to_vec(&files).ok()?;
        (json.len() >= SHARED).then_some(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_shares_its_files_and_is_the_same_afterwards() {
        let mut keys = Keys::default();
        let (key, at) = (crate::sandbox::state::Hasher::new([1; 32]).tag(b"key"), Timestamp::UNIX_EPOCH);
        let files = br#"[{"path":"a.ts","size":1}]"#;
        let body = br#"{"id":"dep_1","files":[{"path":"a.ts","size":1}],"token":null}"#;
        let answer = Recorded::of(201, body, Some(keys.shared(files.to_vec())));
        assert_eq!(answer.body(), body);
        assert!(Arc::ptr_eq(answer.files.as_ref().unwrap(), &keys.shared(files.to_vec())));
        assert_eq!(Recorded::of(201, body, Some(keys.shared(b"[]".to_vec()))).body(), body);
        keys.put(key, UsedKey { fingerprint: key, at, answer: Some(answer) });
        keys.forget(&key);
        assert!(!keys.files.contains(files.as_slice()));
    }
}
