//! Rotating a runtime token.

use jiff::SignedDuration;

use super::redeploy::Reason;
use super::token::{Grace, end_after};
use super::{Change, IssuedValue, NewToken, Refusal, State};
use crate::api::wire::{self, Replaces};
use crate::sandbox::clock::later;

/// The longest grace period, in seconds: a year. The vendor documents no limit.
const MAX_GRACE: u64 = 365 * 24 * 60 * 60;

impl State {
    /// `POST …/tokens/{id}/rotate`. Without a lifetime in the request, the new token has the old
    /// one's, counted from now.
    pub(crate) fn rotate_token(
        &mut self,
        slug: &str,
        id: &str,
        request: &wire::RotateToken,
        change: &Change,
    ) -> Result<wire::RotatedToken<IssuedValue>, Refusal> {
        if request.grace_seconds.is_some_and(|seconds| seconds > MAX_GRACE) {
            return Err(Refusal::invalid(format!("`grace_seconds` is more than {MAX_GRACE}")));
        }
        let function = self.function(slug)?;
        let old = &function.tokens[function.position(id)?];
        if let Some(successor) = &old.replaced_by {
            return Err(Refusal::conflict(format!("The token was replaced by `{successor}` already")));
        }
        let same_lifetime = old.expires_at.map(|end| later(change.stamp(), old.created_at.duration_until(end)));
        let expires_at = end_after(request.expires_in_seconds, change.at)?.or(same_lifetime);
        let new = NewToken { name: old.name.clone(), expires_at, ..Default::default() };
        let (info, value) = self.issue(slug, new, change.at)?;

        let function = self.function_mut(slug)?;
        let index = function.position(id)?;
        let old = &mut function.tokens[index];
        old.replaced_by = Some(info.id.clone());
        if let Some(seconds) = request.grace_seconds {
            let grace = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            let end = later(change.stamp(), grace);
            old.grace = Some(Grace { before: old.expires_at });
            old.expires_at = Some(old.expires_at.map_or(end, |expires_at| expires_at.min(end)));
        }
        let replaces = Replaces { id: old.id.clone(), expires_at: old.expires_at };
        let deployment = self.start_redeploy(slug, Reason::TokenRotated, change)?;
        Ok(wire::RotatedToken { info, value, deployment, replaces })
    }
}
