//! What the gateway serves and accepts: the code and the tokens of the last redeploy that became
//! live.

use jiff::Timestamp;

use super::stored::{Effective, Lagging, State, Stored, StoredFunction, StoredToken, Version};
use crate::api::wire::{self, Id, TokenStatus};
use crate::sandbox::clock::whole_seconds;

impl Lagging {
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.requests_left == Some(0) || self.until.is_some_and(|end| end <= now)
    }
}

impl StoredToken {
    /// What the gateway knows of it.
    pub(super) fn version(&self) -> Version {
        Version::of(&self.info, self.since)
    }
}

impl Version {
    pub(super) fn of(token: &wire::Token, since: u64) -> Self {
        Self { since, disabled: token.status == TokenStatus::Disabled, expires_at: token.expires_at }
    }

    fn is_accepted(&self, now: Timestamp) -> bool {
        !self.disabled && self.expires_at.is_none_or(|end| now < end)
    }
}

impl StoredFunction {
    /// The code and the tokens that the gateway uses once a redeploy that starts now is live.
    pub(super) fn to_be_effective(&self, deployment: Id) -> Effective {
        Effective { deployment: Some(deployment), code: self.code.clone(), tokens: self.tokens.revision() }
    }

    /// The revisions of the tokens that redeploys carry which are in effect or may come into it.
    pub(super) fn revisions_in_use(&self) -> Vec<u64> {
        let lagging = self.lagging.iter().map(|lagging| lagging.before.tokens);
        let pending = self.redeploys.pending().filter_map(|(_, redeploy)| Some(redeploy.carries.as_ref()?.tokens));
        lagging.chain([self.effective.tokens]).chain(pending).collect()
    }
}

impl State {
    /// Lets a request with the one `X-Jelou-Token` `value` through to `slug`, or refuses it; a public
    /// function needs none. Sets `last_used_at`, and counts the request where the gateway lags behind.
    pub(crate) fn admit(&mut self, slug: &str, value: Option<&[u8]>, now: Timestamp) -> bool {
        let Stored { hasher, functions, .. } = &mut self.stored;
        let Some(function) = functions.get(slug) else { return false };
        let public = function.opening.public;
        let Some(value) = value else { return public };
        let effective = function.lagging.as_ref().map_or(&function.effective, |lagging| &lagging.before);
        let carried = function.tokens.carried(&hasher.tag(value), effective.tokens);
        let accepted = carried.filter(|(_, version)| version.is_accepted(now));
        if function.lagging.is_some()
            && let Some(function) = functions.get_mut(slug)
        {
            function.lagging.iter_mut().for_each(|lagging| {
                lagging.requests_left = lagging.requests_left.map(|left| left.saturating_sub(1));
            });
            function.lagging.take_if(|lagging| lagging.is_over(now));
            self.calls.counted = true;
        }
        // A revoked token leaves the function's list at once, but the gateway accepts it until the
        // redeploy is live. Then there is no `last_used_at` to set.
        if let Some((ordinal, _)) = accepted
            && let Some(function) = functions.get_mut_untouched(slug)
            && function.tokens.set_last_use(ordinal, Some(whole_seconds(now)))
        {
            self.calls.used.insert((function.slug.clone(), ordinal));
        }
        accepted.is_some() || public
    }
}
