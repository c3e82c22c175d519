//! The token that was asked for and is not handed over yet, and how to undo it.
//!
//! From the moment a request that issues a token may have left until its value has reached every sink, the run owes an
//! answer: hand it over, or see that it does not exist. Whatever ends the command in between (a sink that fails, a signal,
//! a panic), [`Pending::undo`] is called. If the id is not known yet, the same request is sent once more with the same
//! key: the platform then tells which token it was.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::handover::Handover;
use super::mint::Minting;
use crate::api::wire::Id;
use crate::config::recovery_log::EntryHandle;
use crate::delivery::NotUndone;
use crate::error::Error;

/// How long undoing may take after a signal.
pub const UNDO_PATIENCE: Duration = Duration::from_secs(5);
/// How long the sinks alone are undone; if that takes longer, the token is revoked meanwhile. Sinks come first, so that
/// whoever looks there finds no value that has been revoked.
const SINKS_FIRST: Duration = Duration::from_secs(1);

/// What is owed.
#[derive(Default)]
pub struct Pending {
    owed: RefCell<Option<Owed>>,
    /// An older token that was given an end, and the end it had before.
    shortened: RefCell<Option<(Id, Option<Timestamp>)>>,
}

/// A token on its way.
struct Owed {
    /// How it was asked for; nothing if it came with something else and cannot be revoked.
    minting: Option<Minting>,
    /// Its name.
    name: String,
    /// Its id, once known.
    id: Option<Id>,
    /// Why it is not revoked even if it is not handed over.
    kept: Option<Kept>,
    /// Its entries in the journal.
    entries: Vec<EntryHandle>,
    /// Where its value may have been written.
    handover: Option<Rc<Handover>>,
}

/// Why a token stays although it was not handed over.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it does instead of vanishing: `stays, for …`.
    pub reason: String,
    /// What a person can do.
    pub hint: String,
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
        id: Option<Id>,
        /// What it does instead: `could not be revoked: …`, `stays, for …`.
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
    pub fn begin(&self, minting: Minting, entries: Vec<EntryHandle>) {
        let name = minting.name.clone();
        let owed = Owed { minting: Some(minting), name, id: None, kept: None, entries, handover: None };
        *self.owed.borrow_mut() = Some(owed);
    }

    /// A token came with something else that stays, so it stays too; its value is about to be written.
    pub fn begin_kept(&self, name: &str, id: Option<Id>, kept: Kept, handover: &Rc<Handover>) {
        let handover = Some(Rc::clone(handover));
        let owed = Owed { minting: None, name: name.to_owned(), id, kept: Some(kept), entries: Vec::new(), handover };
        *self.owed.borrow_mut() = Some(owed);
    }

    /// The token is not of this run alone, so it stays even if it is not handed over.
    pub fn keep(&self, kept: Kept) {
        if let Some(owed) = self.owed.borrow_mut().as_mut() {
            owed.kept = Some(kept);
        }
    }

    /// The token exists.
    pub fn created(&self, id: &Id) {
        if let Some(owed) = self.owed.borrow_mut().as_mut() {
            owed.id = Some(id.clone());
        }
    }

    /// The value is about to be written.
    pub fn handing_over(&self, handover: &Rc<Handover>) {
        if let Some(owed) = self.owed.borrow_mut().as_mut() {
            owed.handover = Some(Rc::clone(handover));
        }
    }

    /// An older token is about to be given an end, which undoing takes back.
    pub fn shortening(&self, id: &Id, end_before: Option<Timestamp>) {
        *self.shortened.borrow_mut() = Some((id.clone(), end_before));
    }

    /// Nothing is owed any more: the token was handed over, or certainly does not exist. Says whether the journal was
    /// cleaned as well.
    pub fn settle(&self) -> std::io::Result<()> {
        let entries = self.take().map(|owed| owed.entries).unwrap_or_default();
        entries.into_iter().try_for_each(EntryHandle::remove)
    }

    /// Nothing is owed by this run, but the journal keeps what `jelou tokens recover` needs.
    pub fn leave(&self) {
        self.take();
    }

    /// Whether something is owed.
    pub fn is_owed(&self) -> bool {
        self.owed.borrow().is_some()
    }

    fn take(&self) -> Option<Owed> {
        self.shortened.borrow_mut().take();
        self.owed.borrow_mut().take()
    }

    /// Sees that the token does not exist and that its value is nowhere. Returns the sinks that may still hold it. Until
    /// that is done it stays owed, so that whoever cuts it short can [say](Pending::left) what is left.
    pub async fn undo(&self) -> (Undone, Vec<NotUndone>) {
        let (minting, id, kept, handover) = match &*self.owed.borrow() {
            Some(owed) => (owed.minting.clone(), owed.id.clone(), owed.kept.clone(), owed.handover.clone()),
            None => return (Undone::Nothing, Vec::new()),
        };
        let mut sinks = pin!(async {
            match &handover {
                Some(handover) => handover.undo().await,
                None => Vec::new(),
            }
        });
        let (Some(minting), None) = (minting, kept) else {
            let left = sinks.await;
            let undone = self.left(String::new());
            self.leave();
            return (undone, left);
        };
        let revoking = self.revoke(&minting, id);
        let (left, revoked) = match tokio::time::timeout(SINKS_FIRST, sinks.as_mut()).await {
            Ok(left) => (left, revoking.await),
            Err(_) => futures_util::future::join(sinks, revoking).await,
        };
        match revoked {
            Ok(()) => {
                let _ = self.settle();
                (Undone::Revoked, left)
            }
            Err(error) => {
                let undone = self.left(format!("could not be revoked: {}", error.message()));
                self.leave();
                (undone, left)
            }
        }
    }

    async fn revoke(&self, minting: &Minting, id: Option<Id>) -> Result<(), Error> {
        let id = match id {
            Some(id) => id,
            None => minting.find().await?,
        };
        self.created(&id);
        let shortened = self.shortened.borrow().clone();
        if let Some((older, end_before)) = shortened {
            // The older token would end by itself; the new one goes only once it does not.
            minting.restore(&older, end_before).await.map_err(|error| {
                let what = format!("the older token {older} could not be given back its end");
                Error::new(error.code(), format!("{what}: {}", error.message()))
            })?;
        }
        minting.revoke(&id).await
    }

    /// What is to be said of a token that is still owed; `reason` is why it is, unless it was to stay anyway.
    pub fn left(&self, reason: String) -> Undone {
        let owed = self.owed.borrow();
        let Some(owed) = &*owed else { return Undone::Nothing };
        let key = owed.minting.as_ref().map(|minting| minting.key.as_str().to_owned()).unwrap_or_default();
        let cleanup =
            || owed.minting.as_ref().map(|minting| minting.cleanup_hint(owed.id.as_ref())).unwrap_or_default();
        let (reason, hint) = match &owed.kept {
            Some(kept) => (kept.reason.clone(), kept.hint.clone()),
            None => (reason, cleanup()),
        };
        Undone::Left { id: owed.id.clone(), reason, hint, name: owed.name.clone(), key }
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
    let mut hint = why.hint();
    if let Undone::Left { id, reason, hint: next, name, key } = undone {
        let unseen = || format!("`{name}` (if it exists; its idempotency key is {key})");
        let which = id.as_ref().map_or_else(unseen, Id::to_string);
        message.push_str(&format!("; the new token {which} {reason}"));
        hint = Some(hint.map_or_else(|| next.clone(), |earlier| format!("{next}; {earlier}")));
    } else {
        message.push_str("; the new token was revoked again");
    }
    if !left.is_empty() {
        let places: Vec<&str> = left.iter().map(|place| place.sink.as_str()).collect();
        message.push_str(&format!("; its value remains in {}", places.join(", ")));
    }
    let mut details = match why.details() {
        Some(serde_json::Value::Object(fields)) => fields.clone(),
        _ => serde_json::Map::new(),
    };
    if let Undone::Left { id: None, name, key, .. } = undone {
        details.insert("outcome".to_owned(), "unknown".into());
        details.insert("name".to_owned(), name.clone().into());
        details.insert("idempotency_key".to_owned(), key.clone().into());
    }
    details.insert("revoked".to_owned(), revoked.into());
    details.insert("token_id".to_owned(), id.map(|id| id.to_string()).into());
    let mut error =
        Error::new(why.code(), message).answered_like(&why).with_details(details.into()).with_retryable(false);
    if let Some(hint) = hint {
        error = error.with_hint(hint);
    }
    error
}
