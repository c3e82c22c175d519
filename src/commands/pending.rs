//! The token that was asked for and is not handed over yet, and how to undo it.
//!
//! From the moment a request that issues a token may have left until its value has reached every sink, the run owes an
//! answer: hand it over, or see that it does not exist. Whatever ends the command in between (a sink that fails, a signal,
//! a panic), [`Pending::undo`] is called. If the id is not known yet, the same request is sent once more with the same
//! key: the platform then tells which token it was.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::handover::Handover;
use super::mint::Minting;
use crate::config::intents;
use crate::delivery::NotUndone;
use crate::error::Error;

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
    /// Where its value may have been written.
    pub handover: Option<Rc<Handover>>,
    /// An older token that was given an end, and the end it had before.
    pub shortened: Option<(String, Option<Timestamp>)>,
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
        /// Its name.
        name: String,
        /// The key it was asked for with.
        key: String,
    },
}

impl Pending {
    /// A request that issues a token is about to be sent.
    pub fn begin(&self, minting: Minting, intent: Option<intents::Handle>) {
        *self.0.borrow_mut() = Some(Owed { minting, id: None, intent, handover: None, shortened: None });
    }

    /// The token exists.
    pub fn created(&self, id: &str) {
        if let Some(owed) = self.0.borrow_mut().as_mut() {
            owed.id = Some(id.to_owned());
        }
    }

    /// The value is about to be written.
    pub fn handing_over(&self, handover: &Rc<Handover>) {
        if let Some(owed) = self.0.borrow_mut().as_mut() {
            owed.handover = Some(Rc::clone(handover));
        }
    }

    /// An older token is about to be given an end.
    pub fn shortening(&self, id: &str, end_before: Option<Timestamp>) {
        if let Some(owed) = self.0.borrow_mut().as_mut() {
            owed.shortened = Some((id.to_owned(), end_before));
        }
    }

    /// Nothing is owed any more: the token was handed over, or certainly does not exist. Says whether the journal was
    /// cleaned as well.
    pub fn settle(&self) -> std::io::Result<()> {
        let intent = self.0.borrow_mut().take().and_then(|owed| owed.intent);
        intent.map_or(Ok(()), intents::Handle::remove)
    }

    /// Nothing is owed by this run, but the journal keeps what `jelou tokens recover` needs.
    pub fn leave(&self) {
        self.0.borrow_mut().take();
    }

    /// Whether something is owed.
    pub fn is_owed(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Sees that the token does not exist and that its value is nowhere. Returns the sinks that may still hold it.
    pub async fn undo(&self) -> (Undone, Vec<NotUndone>) {
        let Some(owed) = self.0.borrow_mut().take() else { return (Undone::Nothing, Vec::new()) };
        let left = match &owed.handover {
            Some(handover) => handover.undo().await,
            None => Vec::new(),
        };
        if let Some((id, end_before)) = &owed.shortened {
            let _ = owed.minting.restore(id, *end_before).await;
        }
        match owed.minting.revoke(owed.id.as_deref()).await {
            Ok(()) => {
                if let Some(intent) = owed.intent {
                    let _ = intent.remove();
                }
                (Undone::Revoked, left)
            }
            Err((id, error)) => {
                let hint = owed.minting.cleanup_hint(id.as_deref());
                let (name, key) = (owed.minting.name.clone(), owed.minting.key.as_str().to_owned());
                (Undone::Left { id, reason: error.message(), hint, name, key }, left)
            }
        }
    }
}

/// What a failed run says once its token was undone: a hand-over that failed says whether the token is gone, any other
/// failure keeps its code.
pub fn after_undo(why: Error, undone: &Undone, left: &[NotUndone]) -> Error {
    if matches!(undone, Undone::Nothing) {
        return why;
    }
    let (revoked, id) = match undone {
        Undone::Left { id, .. } => (false, id.clone()),
        _ => (true, None),
    };
    let mut message = why.message();
    let mut hint = why.hint_text().map(str::to_owned);
    if let Undone::Left { id, reason, hint: next, name, .. } = undone {
        let which = id.clone().unwrap_or_else(|| format!("`{name}` (if it exists)"));
        message.push_str(&format!("; the new token {which} could not be revoked: {reason}"));
        hint = Some(next.clone());
    } else {
        message.push_str("; the new token was revoked again");
    }
    if !left.is_empty() {
        let places: Vec<&str> = left.iter().map(|place| place.sink.as_str()).collect();
        message.push_str(&format!("; its value remains in {}", places.join(", ")));
    }
    let mut details = match why.detail() {
        Some(serde_json::Value::Object(fields)) => fields.clone(),
        _ => serde_json::Map::new(),
    };
    if let Undone::Left { id: None, name, key, .. } = undone {
        details.insert("outcome".to_owned(), "unknown".into());
        details.insert("name".to_owned(), name.clone().into());
        details.insert("idempotency_key".to_owned(), key.clone().into());
    }
    details.insert("revoked".to_owned(), revoked.into());
    details.insert("token_id".to_owned(), id.into());
    let mut error = Error::new(why.code(), message).answered_like(&why).details(details.into()).with_retryable(false);
    if let Some(hint) = hint {
        error = error.hint(hint);
    }
    error
}
