//! The token that was asked for and is not handed over yet, and how to undo it.
//!
//! From the moment a request that issues a token may have left until its value has reached every sink, the run owes an
//! answer: hand it over, or see that it does not exist. Whatever ends the command in between (a sink that fails, a signal,
//! a panic), [`Pending::undo`] is called. If the id is not known yet, the same request is sent once more with the same
//! key: the platform then tells which token it was.

use std::cell::RefCell;
use std::time::Duration;

use super::mint::Minting;
use crate::config::intents;
use crate::delivery::NotUndone;
use crate::error::Error;
use crate::exit::ErrorCode;

/// How long undoing may take after a signal.
pub const UNDO_PATIENCE: Duration = Duration::from_secs(5);

/// What is owed.
#[derive(Default)]
pub struct Pending(RefCell<Option<Owed>>);

/// A token on its way.
pub struct Owed {
    /// How it was asked for.
    pub minting: Minting,
    /// Its id, once known.
    pub id: Option<String>,
    /// Its entry in the journal.
    pub intent: Option<intents::Handle>,
}

/// What became of a token that was not handed over.
#[derive(Debug)]
pub enum Undone {
    /// There was none.
    Nothing,
    /// It was revoked.
    Revoked,
    /// It may still exist.
    Left {
        /// Its id, if it is known.
        id: Option<String>,
        /// Why it could not be revoked.
        reason: String,
        /// What a person can do.
        hint: String,
    },
}

impl Pending {
    /// A request that issues a token is about to be sent.
    pub fn begin(&self, minting: Minting, intent: Option<intents::Handle>) {
        *self.0.borrow_mut() = Some(Owed { minting, id: None, intent });
    }

    /// The token exists.
    pub fn created(&self, id: &str) {
        if let Some(owed) = self.0.borrow_mut().as_mut() {
            owed.id = Some(id.to_owned());
        }
    }

    /// Nothing is owed any more: the token was handed over, or certainly does not exist.
    pub fn settle(&self) {
        if let Some(intent) = self.0.borrow_mut().take().and_then(|owed| owed.intent) {
            let _ = intent.remove();
        }
    }

    /// Nothing is owed by this run, but the journal keeps what `jelou tokens recover` needs.
    pub fn leave(&self) {
        self.0.borrow_mut().take();
    }

    /// Whether something is owed.
    pub fn is_owed(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Sees that the token does not exist.
    pub async fn undo(&self) -> Undone {
        let Some(owed) = self.0.borrow_mut().take() else { return Undone::Nothing };
        let result = owed.minting.revoke(owed.id.as_deref()).await;
        match result {
            Ok(()) => {
                if let Some(intent) = owed.intent {
                    let _ = intent.remove();
                }
                Undone::Revoked
            }
            Err((id, error)) => {
                let hint = owed.minting.cleanup_hint(id.as_deref());
                Undone::Left { id, reason: error.message(), hint }
            }
        }
    }
}

/// The error of a run whose token could not be handed over.
pub fn delivery_error(why: &Error, undone: &Undone, left: &[NotUndone]) -> Error {
    let mut message = format!("The new token could not be handed over: {}", why.message());
    let mut error_hint = None;
    let mut details = serde_json::json!({ "revoked": true, "token_id": null, "not_undone": [] });
    match undone {
        Undone::Nothing | Undone::Revoked => message.push_str("; it was revoked again"),
        Undone::Left { id, reason, hint } => {
            let name = id.as_deref().unwrap_or("of unknown id");
            message.push_str(&format!("; and the token {name} could not be revoked: {reason}"));
            details["revoked"] = false.into();
            details["token_id"] = id.clone().into();
            error_hint = Some(hint.clone());
        }
    }
    if !left.is_empty() {
        let places: Vec<&str> = left.iter().map(|place| place.sink.as_str()).collect();
        message.push_str(&format!("; the value remains in {}", places.join(", ")));
        details["not_undone"] = places.into();
    }
    let error = Error::new(ErrorCode::DeliveryError, message).details(details);
    let hint = error_hint.or_else(|| why.hint_text().map(str::to_owned));
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
