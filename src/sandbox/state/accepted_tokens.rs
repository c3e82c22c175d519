//! What the gateway serves and accepts: the code and the tokens of the last redeploy that became
//! live.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::function::StoredFunction;
use super::hash::Tag;
use super::redeploy::Lag;
use super::{Hasher, State};
use crate::api::wire::Id;
use crate::sandbox::clock::{later, whole_seconds};

/// A token as it was when the redeploy was made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct AcceptedToken {
    ordinal: usize,
    disabled: bool,
    expires_at: Option<Timestamp>,
}

/// What a redeploy makes effective.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Effective {
    pub(super) deployment: Option<Id>,
    /// The upload that answers.
    pub(super) code: Option<Id>,
    tokens: HashMap<Tag, AcceptedToken>,
}

impl Effective {
    /// The ordinal of the token whose value is `value`, if it is accepted at `now`.
    fn accepts(&self, hasher: &Hasher, value: &[u8], now: Timestamp) -> Option<usize> {
        let (tag, token) = self.tokens.get_key_value(&hasher.tag(value))?;
        let valid = !token.disabled && token.expires_at.is_none_or(|end| now < end);
        (valid && hasher.matches(value, tag)).then_some(token.ordinal)
    }
}

/// What was effective before a redeploy that the gateway has not seen yet (fault `lag`).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lagging {
    before: Effective,
    requests_left: Option<u32>,
    until: Option<Timestamp>,
}

impl Lagging {
    pub(super) fn new(before: Effective, lag: Lag, live_at: Timestamp) -> Self {
        match lag {
            Lag::Requests(count) => Self { before, requests_left: Some(count), until: None },
            Lag::Time(time) => Self { before, requests_left: None, until: Some(later(live_at, time)) },
        }
    }

    pub(super) fn into_before(self) -> Effective {
        self.before
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.requests_left == Some(0) || self.until.is_some_and(|end| end <= now)
    }
}

/// What the gateway decides on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// There is no such function, or nothing of it is live.
    NoFunction,
    /// The token is missing, unknown, disabled or expired.
    Refused,
    Granted,
}

impl StoredFunction {
    /// What a redeploy that is made now makes effective.
    pub(super) fn to_be_effective(&self, deployment: Id) -> Effective {
        let tokens = self.tokens.iter().map(|token| {
            let accepted =
                AcceptedToken { ordinal: token.ordinal, disabled: token.disabled, expires_at: token.expires_at };
            (token.tag, accepted)
        });
        Effective { deployment: Some(deployment), code: self.code.clone(), tokens: tokens.collect() }
    }
}

impl State {
    /// Whether any code of the function is live.
    pub(crate) fn is_live(&self, slug: &str) -> bool {
        self.functions.get(slug).is_some_and(|function| function.effective.code.is_some())
    }

    /// Decides on a request to `slug` with `value` as its one `X-Jelou-Token`; sets `last_used_at`
    /// if it is accepted.
    pub(crate) fn access(&mut self, slug: &str, value: Option<&[u8]>, now: Timestamp) -> Access {
        let Some(function) = self.functions.get_mut(slug).filter(|function| function.effective.code.is_some()) else {
            return Access::NoFunction;
        };
        let Some(value) = value else { return Access::Refused };
        let effective = match &mut function.lagging {
            None => &function.effective,
            Some(lagging) => {
                lagging.requests_left = lagging.requests_left.map(|left| left.saturating_sub(1));
                &lagging.before
            }
        };
        let accepted = effective.accepts(&self.hasher, value, now);
        function.lagging.take_if(|lagging| lagging.is_over(now));
        let Some(ordinal) = accepted else { return Access::Refused };
        // A token that was revoked stays accepted until that is live, and is no longer among the
        // function's tokens.
        if let Some(token) = function.tokens.iter_mut().find(|token| token.ordinal == ordinal) {
            token.last_used_at = Some(whole_seconds(now));
        }
        Access::Granted
    }
}
