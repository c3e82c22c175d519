//! What became of a token that was not delivered, and how a failed run says so.

use serde::Serialize;

use crate::api::wire::Id;
use crate::api::{IdempotencyKey, RequestError};
use crate::delivery::NotUndone;
use crate::error::Error;

/// What undoing did.
pub(crate) struct UndoReport {
    pub(crate) token: TokenFate,
    /// Sinks that may still hold the value.
    pub(crate) not_undone: Vec<NotUndone>,
}

/// What became of the token.
pub(crate) enum TokenFate {
    /// There was none.
    Nothing,
    Revoked {
        /// What a person should look for nevertheless.
        may_follow: Option<String>,
    },
    Left(LeftBehind),
}

/// A token that may still exist and was not delivered.
pub(crate) struct LeftBehind {
    /// Once it is known.
    pub(crate) id: Option<Id>,
    pub(crate) name: String,
    /// The key of the request that asked for it.
    pub(crate) key: IdempotencyKey,
    /// Why it is still there: `could not be revoked: …`, `stays, for …`.
    pub(crate) reason: String,
    /// What a person can do.
    pub(crate) hint: String,
}

/// The fields that undoing adds to `.error.details`.
#[derive(Serialize)]
struct UndoDetails<'a> {
    revoked: bool,
    token_id: Option<&'a Id>,
    /// Sinks that may still hold the value.
    not_undone: &'a [NotUndone],
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<LeftToken<'a>>,
    /// Only for a token that was never seen.
    #[serde(flatten)]
    unseen: Option<Unseen<'a>>,
}

#[derive(Serialize)]
struct LeftToken<'a> {
    id: Option<&'a Id>,
    name: &'a str,
}

/// The fields of a request whose outcome nobody knows.
#[derive(Serialize)]
pub(crate) struct Unseen<'a> {
    outcome: &'static str,
    name: &'a str,
    idempotency_key: &'a str,
}

/// The error of a request that failed; if it may have been applied nevertheless, the error names
/// it, and says what can be done: the same again, or `otherwise`.
pub(crate) fn outcome_unknown(error: RequestError, name: &str, key: &IdempotencyKey, otherwise: &str) -> Error {
    if !error.may_have_been_applied {
        return error.into_error();
    }
    // A random key is lost with this run.
    let retryable = error.is_retryable() && key.is_given();
    let hint = format!("run it again with `--idempotency-key {}`, or {otherwise}", key.as_str());
    let error = error.into_error().without_hints().with_hint(hint);
    error.with_fields(&Unseen::of(name, key)).with_retryable(retryable)
}

impl<'a> Unseen<'a> {
    pub(crate) fn of(name: &'a str, key: &'a IdempotencyKey) -> Self {
        Self { outcome: "unknown", name, idempotency_key: key.as_str() }
    }
}

impl UndoReport {
    /// Whether something may be left behind.
    pub(crate) fn left_behind(&self) -> bool {
        matches!(self.token, TokenFate::Left(_))
    }

    /// What a failed run says once its token was undone: the failure keeps its code, and says
    /// whether the token is gone and where its value may still stand.
    pub(crate) fn explain(&self, why: Error) -> Error {
        let (left, may_follow) = match &self.token {
            TokenFate::Nothing => return why,
            TokenFate::Revoked { may_follow } => (None, may_follow.as_ref()),
            TokenFate::Left(left) => (Some(left), None),
        };
        let mut message = match left {
            Some(left) => {
                let unseen = || format!("`{}` (if it exists; its idempotency key is {})", left.name, left.key.as_str());
                let which = left.id.as_ref().map_or_else(unseen, Id::to_string);
                format!("; the new token {which} {}", left.reason)
            }
            None => "; the new token was revoked again".to_owned(),
        };
        if !self.not_undone.is_empty() {
            let sinks: Vec<String> = self.not_undone.iter().map(|left| format!("`{}`", left.sink)).collect();
            message.push_str(&format!("; its value may still be in {}", sinks.join(", ")));
        }
        let details = UndoDetails {
            revoked: left.is_none(),
            token_id: left.and_then(|left| left.id.as_ref()),
            not_undone: &self.not_undone,
            left: left.map(|left| LeftToken { id: left.id.as_ref(), name: &left.name }),
            unseen: left.filter(|left| left.id.is_none()).map(|left| Unseen::of(&left.name, &left.key)),
        };
        let error = why.with_more(&message).with_fields(&details).with_retryable(false);
        match left {
            Some(left) => error.with_first_hint(&left.hint).with_token_left(),
            None => may_follow.into_iter().fold(error, Error::with_first_hint),
        }
    }
}
