//! Idempotency keys: a POST that is sent again with its key gets the answer that it got before.
//!
//! An answer is kept for 24 hours, in at most 2 KiB with its key: what is long in it is shared.
//!
//! Only successes are kept. A refusal changed nothing, so the same request may be tried again with
//! its key. The answers hold values that are shown once, so they are kept in memory only. A state
//! file holds which keys were used, for which request and when: after a restart such a key is
//! known, and is refused because its answer is not.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use memchr::memmem;
use serde_json::Value;
use zeroize::Zeroizing;

use super::hash::Tag;
use super::redeploy::size_of;
use super::refusal::Refusal;
use super::stored::{Caller, Keys, Recorded, Shared, State, Stored, StoredFunction, UsedKey};
use super::tracked::steps;
use crate::api::wire::{self, Slug};

/// How long a key is known. The IETF draft leaves it to the server; Stripe takes 24 hours.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The shortest part that is shared, in bytes of JSON: below, sharing costs as much.
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

/// What an answer shows of a function, by the function's slug.
#[derive(Debug)]
pub(crate) enum Shows<'a> {
    Deployment(&'a str),
    Function(Slug),
    Neither,
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

    /// Keeps the status and the body with which a claimed request was answered.
    pub(crate) fn record(&mut self, claim: Tag, (status, body): (u16, &[u8]), shows: &Shows<'_>, at: Timestamp) {
        let Stored { functions, keys, .. } = &mut self.stored;
        let shared = match shows {
            Shows::Deployment(slug) => {
                let files = functions.get(*slug).and_then(StoredFunction::files_as_json);
                files.map(|files| Shared::Files(keys.shared(files)))
            }
            Shows::Function(slug) => {
                let description = functions.get(slug).and_then(|function| function.description.as_ref());
                description.map(|description| Shared::Description(Arc::clone(description)))
            }
            Shows::Neither => None,
        };
        let answer = Recorded::of(status, body, shared);
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
        // One is this one, one the set's.
        if let Some(Shared::Files(files)) = used.answer.and_then(|answer| answer.middle)
            && Arc::strong_count(&files) <= 2
        {
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
    /// An answer, cut where what is shared stands in it.
    fn of(status: u16, body: &[u8], shared: Option<Shared>) -> Self {
        let part = |bytes: &[u8]| Zeroizing::new(Box::from(bytes));
        let json = shared.as_ref().map(Shared::json).filter(|json| json.len() >= SHARED);
        let place = json.and_then(|json| memmem::find(body, &json).map(|at| at..at + json.len()));
        match place {
            Some(place) => {
                let (begin, end) = (part(&body[..place.start]), part(&body[place.end..]));
                Self { status, begin, middle: shared, end }
            }
            None => Self { status, begin: part(body), middle: None, end: part(&[]) },
        }
    }

    /// The body, as it was first sent.
    pub(crate) fn body(&self) -> Vec<u8> {
        let middle = self.middle.as_ref().map(Shared::json).unwrap_or_default();
        [&self.begin, &*middle, &self.end].concat()
    }
}

impl Shared {
    /// As it stands in an answer.
    fn json(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Files(json) => Cow::Borrowed(json),
            Self::Description(text) => Cow::Owned(Value::from(&**text).to_string().into_bytes()),
        }
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
    use serde_json::json;

    use super::*;
    use crate::sandbox::state::limits::MAX_DESCRIPTION;
    use crate::sandbox::state::{Hasher, PlatformSettings};
    use crate::sandbox::value_source::ValueSource;

    #[test]
    fn an_answer_shares_its_files_and_is_the_same_afterwards() {
        let mut keys = Keys::default();
        let (key, at) = (Hasher::new([1; 32]).tag(b"key"), Timestamp::UNIX_EPOCH);
        let files = format!(r#"[{{"path":"{}.ts","size":1}}]"#, "a".repeat(SHARED)).into_bytes();
        let body = [br#"{"id":"dep_1","files":"#, files.as_slice(), br#","token":null}"#].concat();
        let answer = Recorded::of(201, &body, Some(Shared::Files(keys.shared(files.clone()))));
        assert_eq!(answer.body(), body);
        let Some(Shared::Files(middle)) = &answer.middle else { panic!("{answer:?}") };
        assert!(Arc::ptr_eq(middle, &keys.shared(files.clone())));
        let others = Shared::Files(keys.shared(vec![b'x'; SHARED]));
        assert_eq!(Recorded::of(201, &body, Some(others)).body(), body);
        keys.put(key, UsedKey { fingerprint: key, at, answer: Some(answer) });
        keys.forget(&key);
        assert!(!keys.files.contains(files.as_slice()));
    }

    #[test]
    fn an_answer_about_a_function_costs_less_than_2_kib_whatever_its_description() {
        let caller = Caller { id: "usr_1".parse().unwrap(), name: "A".to_owned(), scopes: Vec::new() };
        for character in ["\u{1}", "\"", "é", "😀"] {
            let settings = PlatformSettings { redeploy_delay: SignedDuration::ZERO, base_url: "http://h".to_owned() };
            let mut state = State::new(settings, Hasher::new([1; 32]), ValueSource::new(Some(1)).unwrap());
            let at = Timestamp::from_second(1_775_379_600).unwrap();
            let description = character.repeat(MAX_DESCRIPTION);
            let request = json!({"slug": "f", "name": "F", "description": description});
            let function = state.create_function(serde_json::from_value(request).unwrap(), at).unwrap();
            let body = serde_json::to_vec(&function).unwrap();
            let Claim::First(claim) = state.claim(&caller, "key", "/v1/functions", b"").unwrap() else { panic!() };
            state.record(claim, (201, &body), &Shows::Function(function.slug), at);
            let Claim::Replay(answer) = state.claim(&caller, "key", "/v1/functions", b"").unwrap() else { panic!() };
            assert_eq!(answer.body(), body);
            assert!(answer.begin.len() + answer.end.len() < 1024, "{answer:?}");
        }
    }
}
