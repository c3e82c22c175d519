//! A token whose answer was lost, or is not believed: how it is found, and how one is revoked that
//! this run has made for certain.

use std::time::Duration;

use jiff::Timestamp;

use super::request::{IssueRequest, Issued, Kind, Orphan, about_another};
use crate::api::wire::{Id, Identified, Token};
use crate::api::{RequestError, UndoIsRegistered};
use crate::error::Error;
use crate::exit::ErrorCode;

/// How far the time of a token and that of its request may lie apart: retries, a redeploy, and
/// clocks that disagree.
pub(crate) const SAME_REQUEST: Duration = Duration::from_secs(600);
/// How long undoing waits for a look at the token that it is about to revoke: a signal leaves it
/// five seconds for everything.
const LOOKS_AT_MOST: Duration = Duration::from_secs(1);

/// What an answer has said of a token that will not change.
#[derive(Clone)]
pub(crate) struct SeenToken {
    pub(crate) id: Id,
    /// The rest of it, unless only the id was read.
    prefix_and_creation: Option<(String, Timestamp)>,
}

impl SeenToken {
    pub(super) fn of(token: &Token) -> Self {
        let prefix_and_creation = Some((token.prefix.clone(), token.created_at));
        Self { id: token.id.clone(), prefix_and_creation }
    }

    pub(super) fn of_id(id: Id) -> Self {
        Self { id, prefix_and_creation: None }
    }

    /// Whether another answer is about the same token.
    pub(super) fn is(&self, token: &Token) -> bool {
        let as_before =
            |(prefix, created): &(String, Timestamp)| (prefix, *created) == (&token.prefix, token.created_at);
        self.id == token.id && self.prefix_and_creation.as_ref().is_none_or(as_before)
    }
}

/// The token of a request that was sent again.
pub(crate) struct Found {
    pub(crate) token: SeenToken,
    /// Whether the platform has kept its answer. Otherwise this request has made it, and the first
    /// one may still be carried out by a platform that ignores keys.
    pub(crate) is_replay: bool,
}

impl IssueRequest {
    /// Sends the same request again and reads which token it was, whatever else the answer holds.
    ///
    /// # Errors
    /// As [`IssueRequest::send`].
    pub(crate) async fn identify(&self, registered: &impl UndoIsRegistered) -> Result<Found, RequestError> {
        let reply = match &self.kind {
            Kind::Create(body) => self.control.create_token(&self.slug, body, &self.key, registered).await?,
            Kind::Rotate { old, body } => {
                self.control.rotate_token(&self.slug, &old.id, body, &self.key, registered).await?
            }
        };
        let (is_replay, found): (bool, Identified) = (reply.is_replay, reply.value);
        self.replaces_what_was_asked(found.replaces.as_ref().map(|replaces| &replaces.id))?;
        self.is_answered_by(&found.id, found.name.as_deref(), found.function.as_deref())?;
        Ok(Found { token: SeenToken::of_id(found.id), is_replay })
    }

    /// Holds the answer of a repeated request against the platform's state, where the platform does
    /// not say that it has kept it: one that ignores keys may have issued two tokens.
    ///
    /// Only what is seen counts: the platform may not let this credential look.
    ///
    /// # Errors
    /// `API_ERROR` for a rotation to which the old token does not lead, and for a second token.
    pub(super) async fn is_the_only_one(&self, issued: &Issued, asked: &[Timestamp]) -> Result<(), RequestError> {
        if !issued.may_be_a_second_one {
            return Ok(());
        }
        if let Kind::Rotate { old, .. } = &self.kind {
            let leads_elsewhere = |old: Token| old.replaced_by.as_ref() != Some(&issued.info.id);
            if self.control.token(&self.slug, &old.id).await.is_ok_and(|reply| leads_elsewhere(reply.value)) {
                return Err(about_another("a token that does not replace the old one"));
            }
        }
        let is_other = |token: &Token| {
            let is_known = token.id == issued.info.id || self.replaces(&token.id);
            !is_known && token.name == self.name() && self.was_made_then(token, asked)
        };
        let Ok(listed) = self.control.tokens(&self.slug).await else { return Ok(()) };
        match listed.value.into_iter().find(is_other) {
            Some(other) => {
                let message = format!("Two tokens were issued; the first is {}", other.id);
                let error = Error::new(ErrorCode::ApiError, message).with_fields(&Orphan::of(&other));
                Err(RequestError::maybe_applied(error.with_hint(self.how_to_revoke(Some(&other.id)))))
            }
            None => Ok(()),
        }
    }

    fn replaces(&self, id: &Id) -> bool {
        matches!(&self.kind, Kind::Rotate { old, .. } if old.id == *id)
    }

    /// A token that this request may have made, on a platform that ignores keys: it was created at
    /// one of the times (by our clock) at which the request was sent.
    ///
    /// # Errors
    /// Those of looking.
    pub(crate) async fn find_what_it_made(&self, asked: &[Timestamp]) -> Result<Option<Token>, RequestError> {
        let nothing_if_gone = |error: RequestError| if error.is_absent() { Ok(None) } else { Err(error) };
        let token = match &self.kind {
            Kind::Create(body) => match self.control.tokens(&self.slug).await {
                Ok(listed) => {
                    listed.value.into_iter().find(|token| body.name == *token.name && self.was_made_then(token, asked))
                }
                Err(error) => nothing_if_gone(error)?,
            },
            Kind::Rotate { old, .. } => match self.control.token(&self.slug, &old.id).await {
                Ok(old) => match old.value.replaced_by {
                    Some(successor) => match self.control.token(&self.slug, &successor).await {
                        Ok(token) => Some(token.value),
                        Err(error) => nothing_if_gone(error)?,
                    },
                    None => None,
                },
                Err(error) => nothing_if_gone(error)?,
            },
        };
        Ok(token.filter(|token| self.was_made_then(token, asked)))
    }

    /// Why a token cannot be the one that this request made; nothing if it can be.
    pub(crate) async fn is_not_its(&self, seen: &SeenToken) -> Option<String> {
        let look = self.control.token(&self.slug, &seen.id);
        // Who cannot read may still revoke: then the answer to the request is believed.
        let token = tokio::time::timeout(LOOKS_AT_MOST, look).await.ok()?.ok()?.value;
        let is_it = token.name == self.name() && seen.is(&token);
        (!is_it).then(|| format!("{} is the token `{}` of {}", seen.id, token.name, token.created_at))
    }

    /// Revokes the token of this id. Returns false for one that was gone already, or never was.
    pub(crate) async fn revoke(&self, id: &Id) -> Result<bool, RequestError> {
        let Err(error) = self.control.revoke_token(&self.slug, id).await else { return Ok(true) };
        if !error.is_absent() {
            return Err(error);
        }
        match self.control.token(&self.slug, id).await {
            Err(look) if look.is_absent() => Ok(false),
            _ => Err(error),
        }
    }

    /// Whether a token was created at one of the times at which this was asked, by our clock.
    pub(super) fn was_made_then(&self, token: &Token, asked: &[Timestamp]) -> bool {
        let skew = self.control.clock_skew().unwrap_or(0);
        asked.iter().any(|asked| was_made_after(token, *asked, skew))
    }
}

/// Whether a request that was sent at `asked` (by our clock) may have made it.
fn was_made_after(token: &Token, asked: Timestamp, skew: i64) -> bool {
    // One second for a platform whose times are whole seconds.
    let began = asked.as_second() + skew - 1;
    let last = began.saturating_add_unsigned(SAME_REQUEST.as_secs());
    (began..=last).contains(&token.created_at.as_second())
}
