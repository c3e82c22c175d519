//! The platform's state: what is known, and what each request does to it.
//!
//! Everything here is a function of the state, a request and a time that is passed in. There is no
//! I/O, no waiting and no clock, so that every rule can be tested without a server.
//! [`State::advance_to`] is called with the time before each request: it does what the passing of
//! time alone brings about, such as a redeploy that becomes live.
//!
//! # What a request costs
//!
//! As much as it returns and changes, whatever else there is and whatever happened before. What
//! grows is kept in a [`tracked::Tracked`] map and reached by an index: [`tokens`] and [`redeploys`]
//! say which. Time moves the functions alone whose next moment has come (`State::due`), keys are
//! forgotten in the order of their age, a page begins where its cursor says, and a redeploy carries
//! the number of a revision and no copy of the tokens. The map also knows what a request touched:
//! `changes` makes a line of that, and `saved` says what the lines of a state file mean.
//!
//! [`stored`] holds the types of what is kept; each other file adds the rules of one noun to
//! [`State`]. Every method answers with 404 if the function does not exist, and with the refusal
//! that its route describes.

mod accepted_tokens;
mod changes;
mod deploy;
mod function;
mod hash;
mod idempotency;
mod management_tokens;
mod page;
mod redeploy;
mod redeploys;
mod refusal;
mod rotation;
mod saved;
mod secret;
mod stored;
mod token;
mod tokens;
mod tracked;

#[cfg(test)]
mod tests;

pub(crate) use function::Served;
/// What is refused of an upload, for the test of its description.
#[cfg(test)]
pub(super) mod uploads {
    pub(in crate::sandbox) use super::deploy::check;
}

/// The limits that the description of the API names.
#[cfg(test)]
pub(super) mod limits {
    pub(in crate::sandbox) use super::deploy::MAX_PATH;
    pub(in crate::sandbox) use super::function::{MAX_DESCRIPTION, MAX_NAME};
    pub(in crate::sandbox) use super::rotation::MAX_GRACE;
    pub(in crate::sandbox) use super::secret::MAX_VALUE as MAX_SECRET_VALUE;
    pub(in crate::sandbox) use super::token::MAX_LIFETIME;
}

pub(crate) use hash::{Hasher, Tag};
pub(crate) use idempotency::{Claim, Shows};
pub use management_tokens::SCOPES;
pub(crate) use page::PageRequest;
pub(crate) use redeploy::Change;
pub(crate) use refusal::{Refusal, usual_code};
pub(crate) use saved::rewrite;
pub(crate) use stored::{BuildResult, Caller, Lag, Opening, PlatformSettings, State};
pub(crate) use token::{DEFAULT_NAME, NewToken};
#[cfg(test)]
pub(in crate::sandbox) use tracked::steps;

use super::value_source::ValueSource;
use jiff::Timestamp;
use stored::Stored;

impl State {
    /// A platform without functions and credentials.
    pub(crate) fn new(settings: PlatformSettings, hasher: Hasher, values: ValueSource) -> Self {
        let (management_tokens, functions, keys, due, calls) = Default::default();
        Self {
            settings,
            values,
            stored: Stored { hasher, management_tokens, functions, keys },
            due,
            calls,
            is_new: true,
        }
    }

    /// Does everything that the passing of time until `now` brings about.
    pub(crate) fn advance_to(&mut self, now: Timestamp) {
        self.advance_functions_to(now);
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
