//! The platform's state: what is known, and what each request does to it.
//!
//! Everything here is a function of the state, a request and a time that is passed in. There is no
//! I/O, no waiting and no clock, so that every rule can be tested without a server.
//! [`State::advance_to`] is called with the time before each request: it does what the passing of
//! time alone brings about, such as a redeploy that becomes live.
//!
//! Every method answers with 404 if the function does not exist, and with the refusal that its
//! route describes.

mod accepted_tokens;
mod deploy;
mod function;
mod hash;
mod idempotency;
mod management_tokens;
mod page;
mod redeploy;
mod refusal;
mod rotation;
mod saved;
mod secret;
mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub(crate) use accepted_tokens::Access;
use function::StoredFunction;
pub(crate) use hash::{Hasher, Tag};
pub(crate) use idempotency::{Claim, Keys, Recorded};
pub(crate) use management_tokens::Caller;
pub use management_tokens::SCOPES;
pub(crate) use page::PageRequest;
pub(crate) use redeploy::{BuildResult, Lag};
pub(crate) use refusal::{Refusal, usual_code};
pub(crate) use token::{DEFAULT_NAME, NewToken};

use super::clock::whole_seconds;
use super::issued_value::IssuedValue;
use super::value_source::ValueSource;
use crate::api::wire::Slug;

/// What does not change while the sandbox runs.
#[derive(Clone, Debug)]
pub(crate) struct PlatformSettings {
    /// From a change until it is live: the first quarter in the queue, the rest building.
    pub(crate) redeploy_delay: SignedDuration,
    /// Functions answer at `{base_url}/fn/SLUG`.
    pub(crate) base_url: String,
}

/// When a change is made, and what faults do to the redeploy that it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) result: BuildResult,
    /// How long the gateway lags behind once the redeploy is live.
    pub(crate) lag: Option<Lag>,
}

impl Change {
    /// A change without faults.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at, result: BuildResult::Live, lag: None }
    }

    /// The time of the change as answers show it.
    fn stamp(&self) -> Timestamp {
        whole_seconds(self.at)
    }
}

#[derive(Debug)]
pub(crate) struct State {
    settings: PlatformSettings,
    hasher: Hasher,
    values: ValueSource,
    management_tokens: Vec<management_tokens::ManagementToken>,
    functions: BTreeMap<Slug, StoredFunction>,
    pub(crate) keys: Keys,
}

impl State {
    /// A platform without functions and credentials.
    pub(crate) fn new(settings: PlatformSettings, hasher: Hasher, values: ValueSource) -> Self {
        let (management_tokens, functions, keys) = Default::default();
        Self { settings, hasher, values, management_tokens, functions, keys }
    }

    /// Does everything that the passing of time until `now` brings about.
    pub(crate) fn advance_to(&mut self, now: Timestamp) {
        for function in self.functions.values_mut() {
            function.advance_to(now);
        }
        self.keys.forget_old(now);
    }

    /// Whether there is no function.
    pub(crate) fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// A new id for a request.
    pub(crate) fn request_id(&mut self) -> String {
        self.values.id("req").to_string()
    }

    /// See [`Keys::claim`].
    pub(crate) fn claim(&mut self, caller: &Caller, key: &str, request: &[&[u8]]) -> Result<Claim, Refusal> {
        self.keys.claim(&self.hasher, caller, key, request)
    }

    fn function(&self, slug: &str) -> Result<&StoredFunction, Refusal> {
        self.functions.get(slug).ok_or_else(|| no_function(slug))
    }

    fn function_mut(&mut self, slug: &str) -> Result<&mut StoredFunction, Refusal> {
        self.functions.get_mut(slug).ok_or_else(|| no_function(slug))
    }
}

fn no_function(slug: &str) -> Refusal {
    Refusal::not_found(format!("No function `{slug}`"))
}
