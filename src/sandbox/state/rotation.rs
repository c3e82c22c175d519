//! Rotating a runtime token.

use jiff::SignedDuration;

use super::redeploy::Change;
use super::refusal::Refusal;
use super::stored::{Grace, State, StoredToken};
use super::token::{NewToken, end_after};
use crate::api::wire::{self, Replaces};
use crate::sandbox::clock::later;
use crate::sandbox::issued_value::IssuedValue;

/// The longest grace period, in seconds: a year. The vendor documents no limit.
pub(in crate::sandbox) const MAX_GRACE: u64 = 365 * 24 * 60 * 60;

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
        let StoredToken { info: old, ordinal, .. } = function.token(id)?;
        let ordinal = *ordinal;
        if let Some(successor) = &old.replaced_by {
            return Err(Refusal::conflict(format!("The token was replaced by `{successor}` already")));
        }
        let same_lifetime = old.expires_at.map(|end| later(change.stamp(), old.created_at.duration_until(end)));
        let expires_at = end_after(request.expires_in_seconds, change.at)?.or(same_lifetime);
        let new = NewToken { name: old.name.clone(), expires_at, ..Default::default() };
        let (info, value) = self.issue(slug, new, change.at)?;

        let function = self.function_mut(slug)?;
        let in_use = function.revisions_in_use();
        let grace = request.grace_seconds.map(|seconds| {
            later(change.stamp(), SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)))
        });
        function.tokens.change(ordinal, &in_use, |old| {
            old.info.replaced_by = Some(info.id.clone());
            if let Some(end) = grace {
                let before = old.info.expires_at;
                old.grace = Some(Grace { before });
                old.info.expires_at = Some(before.map_or(end, |before| before.min(end)));
            }
        });
        let old = &function.token(id)?.info;
        let replaces = Replaces { id: old.id.clone(), expires_at: old.expires_at };
        let deployment = self.start_redeploy(slug, "token_rotated", change)?;
        Ok(wire::RotatedToken { info, value, deployment, replaces })
    }
}
