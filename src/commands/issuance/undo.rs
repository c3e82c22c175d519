//! How a token that was not delivered is revoked.
//!
//! If its id is not known, the same request is sent once more with the same key, and the platform
//! tells which token it was. Nothing is revoked on a guess: a token that only fits is named.

use jiff::Timestamp;

use super::ledger::{Registered, Retained};
use super::lost_token::{Found, SeenToken};
use super::request::{IssueRequest, OldToken};
use super::undo_report::TokenFate;
use crate::api::RequestError;
use crate::api::wire::Token;

/// What is known of a token that is to be revoked.
pub(super) struct Undoing<'a> {
    pub(super) request: &'a IssueRequest,
    /// When this run began to ask, by our clock.
    pub(super) started: Timestamp,
    /// An older token that the request may have given an end. It gets back the one it had, before
    /// the new token goes: it may be the only one that somebody holds.
    pub(super) shortened: Option<OldToken>,
    /// Called with the new token once it is known.
    pub(super) on_token: &'a dyn Fn(&SeenToken),
}

/// What is known of the new token.
enum Trace {
    Ours(Found),
    /// The platform has refused the request.
    Refused,
    /// The answer to the request is about another token, for this reason.
    NotIts(String),
    Lost(RequestError),
}

impl Undoing<'_> {
    /// Finds the token if it is not known, and revokes it.
    pub(super) async fn revoke(self, known: Option<SeenToken>) -> Result<TokenFate, Retained> {
        let reason = match self.trace(known).await {
            Trace::Ours(found) => return self.revoke_found(found).await,
            Trace::Refused => match self.search().await {
                Ok(None) => return Ok(TokenFate::Nothing),
                Ok(Some(token)) => return Err(self.name(&token).await),
                Err(error) => format!("may exist, for looking for it failed: {error}"),
            },
            Trace::NotIts(why) => match self.search().await {
                Ok(Some(token)) => return Err(self.name(&token).await),
                Ok(None) | Err(_) => format!("may exist, for the answer was about another one: {why}"),
            },
            Trace::Lost(error) => format!("could not be revoked: {error}"),
        };
        let complaint = restore(self.shortened.as_ref()).await;
        Err(Retained { reason: reason + &complaint, hint: self.request.how_to_revoke(None) })
    }

    async fn trace(&self, known: Option<SeenToken>) -> Trace {
        let found = match known {
            Some(token) => Ok(Found { token, is_replay: true }),
            None => self.request.identify(&Registered::already()).await,
        };
        match found {
            Ok(found) => match self.request.is_not_its(&found.token).await {
                None => Trace::Ours(found),
                Some(why) => Trace::NotIts(why),
            },
            Err(error) if error.is_refused_for_good() => Trace::Refused,
            Err(error) => Trace::Lost(error),
        }
    }

    async fn search(&self) -> Result<Option<Token>, RequestError> {
        self.request.find_what_it_made(&[self.started]).await
    }

    /// Names a token that was made at the time of the request, maybe by it.
    async fn name(&self, token: &Token) -> Retained {
        (self.on_token)(&SeenToken::of(token));
        let complaint = restore(self.shortened.as_ref()).await;
        Retained {
            reason: format!("was created since this command began, maybe by it, and is not revoked{complaint}"),
            hint: format!("if nothing else made it, {}", self.request.how_to_revoke(Some(&token.id))),
        }
    }

    async fn revoke_found(&self, Found { token, is_replay }: Found) -> Result<TokenFate, Retained> {
        (self.on_token)(&token);
        let complaint = restore(self.shortened.as_ref()).await;
        if !complaint.is_empty() {
            let reason = format!("is not revoked{complaint}");
            let hint = "keep it until another token is active".to_owned();
            return Err(Retained { reason, hint });
        }
        match self.request.revoke(&token.id).await {
            // The answer may have named a token that never was.
            Ok(false) => match self.search().await {
                Ok(Some(other)) if other.id != token.id => Err(self.name(&other).await),
                Ok(_) => Ok(TokenFate::Revoked { may_follow: None }),
                Err(error) => Err(Retained {
                    reason: format!("is not there, and looking for another failed: {error}"),
                    hint: self.request.how_to_revoke(None),
                }),
            },
            // Where the platform has kept no answer, this very request has made the token.
            Ok(true) => Ok(TokenFate::Revoked {
                may_follow: (!is_replay).then(|| {
                    let look = self.request.how_to_look();
                    format!("the first request was not carried out before; a platform that ignores keys may still do so: {look}")
                }),
            }),
            Err(error) => {
                let reason = format!("could not be revoked: {error}");
                Err(Retained { reason, hint: self.request.how_to_revoke(Some(&token.id)) })
            }
        }
    }
}

/// Gives an older token back the end it had. Returns what is to be said if that failed.
pub(super) async fn restore(shortened: Option<&OldToken>) -> String {
    let Some(old) = shortened else { return String::new() };
    match old.restore().await {
        Err(error) if !error.is_absent() => {
            format!("; the older token {} may have ended, for it could not be given back its end: {error}", old.id)
        }
        _ => String::new(),
    }
}
