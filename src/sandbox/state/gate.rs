//! What the gateway goes by: the tokens and the code of the last redeploy that became live.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::function::Function;
use super::hash::Tag;
use super::redeploy::Lag;
use super::{Hasher, State};
use crate::api::wire::Id;
use crate::sandbox::clock::{later, whole_seconds};

/// A token as a redeploy carried it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Accepted {
    /// The token's place among all that its function ever had.
    place: usize,
    disabled: bool,
    expires_at: Option<Timestamp>,
}

/// What a redeploy makes effective.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Effective {
    /// The redeploy.
    pub(super) deployment: Option<Id>,
    /// The upload that answers.
    pub(super) code: Option<Id>,
    tokens: HashMap<Tag, Accepted>,
}

impl Effective {
    /// The place of the token that `value` is, if it is accepted at `now`.
    fn accepts(&self, hasher: &Hasher, value: &[u8], now: Timestamp) -> Option<usize> {
        let (tag, token) = self.tokens.get_key_value(&hasher.tag(value))?;
        let valid = !token.disabled && token.expires_at.is_none_or(|end| now < end);
        (valid && hasher.matches(value, tag)).then_some(token.place)
    }
}

/// What was effective before, for as long as the gateway has not caught up.
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

    /// What the gateway still goes by.
    pub(super) fn before(self) -> Effective {
        self.before
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.requests_left == Some(0) || self.until.is_some_and(|end| end <= now)
    }
}

/// What the gateway does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// There is no such function, or nothing of it is live.
    NoFunction,
    /// 401.
    Refused,
    /// The function answers.
    Granted,
}

impl Function {
    /// What a redeploy made now carries.
    pub(super) fn carried(&self, deployment: Id) -> Effective {
        let tokens = self.tokens.iter().map(|token| {
            let accepted = Accepted { place: token.place, disabled: token.disabled, expires_at: token.expires_at };
            (token.tag, accepted)
        });
        Effective { deployment: Some(deployment), code: self.code.clone(), tokens: tokens.collect() }
    }
}

impl State {
    /// Whether a function answers at all.
    pub fn answers(&self, slug: &str) -> bool {
        self.functions.get(slug).is_some_and(|function| function.effective.code.is_some())
    }

    /// Decides on a request to `slug` with `value` as its one `X-Jelou-Token`; `last_used_at` moves if it is accepted.
    pub fn pass(&mut self, slug: &str, value: Option<&[u8]>, now: Timestamp) -> Passage {
        let Some(function) = self.functions.get_mut(slug).filter(|function| function.effective.code.is_some()) else {
            return Passage::NoFunction;
        };
        let Some(value) = value else { return Passage::Refused };
        let effective = match &mut function.lagging {
            None => &function.effective,
            Some(lagging) => {
                lagging.requests_left = lagging.requests_left.map(|left| left.saturating_sub(1));
                &lagging.before
            }
        };
        let accepted = effective.accepts(&self.hasher, value, now);
        function.lagging.take_if(|lagging| lagging.is_over(now));
        let Some(place) = accepted else { return Passage::Refused };
        if let Some(token) = function.tokens.iter_mut().find(|token| token.place == place) {
            token.last_used_at = Some(whole_seconds(now));
        }
        Passage::Granted
    }
}
