//! The platform's state: what is known, and what every request does to it.
//!
//! Everything here is a function of the state, a request and a time that is handed in. There is no I/O, no waiting and no
//! clock, so that every rule can be tested without a server. [`State::settle`] is called with the time before each
//! request: whatever the passing of time alone does (redeploys that become live) happens there.

mod access;
mod deploy;
mod function;
mod gate;
mod hash;
mod idempotency;
mod page;
mod redeploy;
mod refusal;
mod saved;
mod secret;
mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use access::{Caller, SCOPES};
use function::Function;
pub use gate::Passage;
pub use hash::{Hasher, Tag};
pub(crate) use idempotency::{Claim, Keys, Recorded};
pub use page::PageQuery;
pub use redeploy::{Lag, Outcome};
pub use refusal::{Refusal, usual_code};
pub use token::PrescribedToken;

use super::clock::whole_seconds;
use super::issued_value::IssuedValue;
use super::value_source::ValueSource;
use crate::api::wire::{self, Slug};

/// What does not change while the sandbox runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a change takes until it is live: the first quarter in the queue, the rest building.
    pub redeploy_delay: SignedDuration,
    /// Where functions answer: `{base_url}/fn/SLUG`.
    pub base_url: String,
}

/// When a change is made, and what faults do to the redeploy that it starts.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The time of the request.
    pub at: Timestamp,
    /// How the redeploy ends.
    pub outcome: Outcome,
    /// How long the gateway lags behind once it is live.
    pub lag: Option<Lag>,
}

impl Change {
    /// A change whose redeploy goes well.
    pub fn at(at: Timestamp) -> Self {
        Self { at, outcome: Outcome::Live, lag: None }
    }

    /// The time of the request as it is shown.
    fn stamp(&self) -> Timestamp {
        whole_seconds(self.at)
    }
}

/// Everything the platform knows.
#[derive(Debug)]
pub struct State {
    settings: Settings,
    hasher: Hasher,
    values: ValueSource,
    callers: Vec<access::Access>,
    functions: BTreeMap<Slug, Function>,
    /// The answers that can be replayed.
    pub(crate) keys: Keys,
}

impl State {
    /// A platform without functions and credentials.
    pub fn new(settings: Settings, hasher: Hasher, values: ValueSource) -> Self {
        Self { settings, hasher, values, callers: Vec::new(), functions: BTreeMap::new(), keys: Keys::default() }
    }

    /// Lets everything happen that the passing of time alone brings about.
    pub fn settle(&mut self, now: Timestamp) {
        for function in self.functions.values_mut() {
            function.settle(now);
        }
        self.keys.forget_old(now);
    }

    /// Whether the state holds nothing but credentials.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// A fresh id of a request.
    pub fn request_id(&mut self) -> String {
        self.values.id("req").to_string()
    }

    /// Claims an idempotency key for a request; see [`Keys::claim`].
    pub(crate) fn claim(&mut self, caller: &Caller, key: &str, request: &[&[u8]]) -> Result<Claim, Refusal> {
        self.keys.claim(&self.hasher, caller, key, request)
    }

    fn function(&self, slug: &str) -> Result<&Function, Refusal> {
        self.functions.get(slug).ok_or_else(|| no_function(slug))
    }

    fn function_mut(&mut self, slug: &str) -> Result<&mut Function, Refusal> {
        self.functions.get_mut(slug).ok_or_else(|| no_function(slug))
    }

    fn new_id(&mut self, kind: &str) -> wire::Id {
        self.values.id(kind)
    }
}

fn no_function(slug: &str) -> Refusal {
    Refusal::not_found(format!("No function `{slug}`"))
}
