//! The platform's state: what is known, and what each request does to it.
//!
//! Everything here is a function of the state, a request and a time that is passed in. There is no
//! I/O, no waiting and no clock, so that every rule can be tested without a server.
//! [`State::advance_to`] is called with the time before each request: it does what the passing of
//! time alone brings about, such as a redeploy that becomes live.
//!
//! [`stored`] holds the types of what is kept; each other file adds the rules of one noun to
//! [`State`]. Every method answers with 404 if the function does not exist, and with the refusal
//! that its route describes.

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
mod stored;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use function::Served;
pub(crate) use hash::{Hasher, Tag};
pub(crate) use idempotency::Claim;
pub use management_tokens::SCOPES;
pub(crate) use page::PageRequest;
pub(crate) use redeploy::Change;
pub(crate) use refusal::{Refusal, usual_code};
pub(crate) use stored::{BuildResult, Caller, Lag, Opening, PlatformSettings, Recorded, State};
pub(crate) use token::{DEFAULT_NAME, NewToken};

use super::value_source::ValueSource;
use jiff::Timestamp;
use stored::Stored;

impl State {
    /// A platform without functions and credentials.
    pub(crate) fn new(settings: PlatformSettings, hasher: Hasher, values: ValueSource) -> Self {
        let (management_tokens, functions, keys) = Default::default();
        Self { settings, values, stored: Stored { hasher, management_tokens, functions, keys } }
    }

    /// Does everything that the passing of time until `now` brings about.
    pub(crate) fn advance_to(&mut self, now: Timestamp) {
        self.stored.functions.values_mut().for_each(|function| function.advance_to(now));
        self.forget_old_keys(now);
    }

    /// The address of this sandbox.
    pub(crate) fn base_url(&self) -> &str {
        &self.settings.base_url
    }

    /// A new id for a request.
    pub(crate) fn request_id(&mut self) -> String {
        self.values.id("req").to_string()
    }
}
