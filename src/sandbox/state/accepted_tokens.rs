//! What the gateway serves and accepts: the code and the tokens of the last redeploy that became
//! live.

use jiff::Timestamp;

use super::hash::Hasher;
use super::stored::{AcceptedToken, Effective, Lagging, State, StoredFunction};
use crate::api::wire::{Id, TokenStatus};
use crate::sandbox::clock::whole_seconds;

impl Effective {
    /// The ordinal of the token whose value is `value`, if it is accepted at `now`.
    fn accepts(&self, hasher: &Hasher, value: &[u8], now: Timestamp) -> Option<usize> {
        let token = self.tokens.get(&hasher.tag(value))?;
        let valid = !token.disabled && token.expires_at.is_none_or(|end| now < end);
        valid.then_some(token.ordinal)
    }
}

impl Lagging {
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.requests_left == Some(0) || self.until.is_some_and(|end| end <= now)
    }
}

impl StoredFunction {
    /// The code and the tokens that the gateway uses once a redeploy that starts now is live.
    pub(super) fn to_be_effective(&self, deployment: Id) -> Effective {
        let tokens = self.tokens.iter().map(|token| {
            let disabled = token.info.status == TokenStatus::Disabled;
            (token.tag, AcceptedToken { ordinal: token.ordinal, disabled, expires_at: token.info.expires_at })
        });
        Effective { deployment: Some(deployment), code: self.code.clone(), tokens: tokens.collect() }
    }
}

impl State {
    /// Lets a request with the one `X-Jelou-Token` `value` through to `slug`, or refuses it; a public
    /// function needs none. Sets `last_used_at`, and counts the request where the gateway lags behind.
    pub(crate) fn admit(&mut self, slug: &str, value: Option<&[u8]>, now: Timestamp) -> bool {
        let Some(function) = self.stored.functions.get_mut(slug) else { return false };
        let public = function.opening.public;
        let Some(value) = value else { return public };
        let effective = match &mut function.lagging {
            None => &function.effective,
            Some(lagging) => {
                lagging.requests_left = lagging.requests_left.map(|left| left.saturating_sub(1));
                &lagging.before
            }
        };
        let accepted = effective.accepts(&self.stored.hasher, value, now);
        function.lagging.take_if(|lagging| lagging.is_over(now));
        // A revoked token leaves the function's list at once, but the gateway accepts it until the
        // redeploy is live. Then there is no `last_used_at` to set.
        let token = accepted.and_then(|ordinal| function.tokens.iter_mut().find(|token| token.ordinal == ordinal));
        if let Some(token) = token {
            token.info.last_used_at = Some(whole_seconds(now));
        }
        accepted.is_some() || public
    }
}
