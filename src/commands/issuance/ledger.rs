//! What has to be undone if the run ends now. It knows no value of a token.
//!
//! From the moment a request that issues a token may have left until its value has reached every
//! sink, the ledger has an entry. Whatever ends the command in between (a sink that fails, a
//! signal, a panic), the app calls [`Ledger::undo_all`]: sinks that were written are undone, and
//! the token is revoked.

use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::lost_token::SeenToken;
use super::request::{IssueRequest, OldToken};
use super::sinks::Sinks;
use super::undo::{Undoing, restore};
use super::undo_report::{LeftBehind, TokenFate, UndoReport};
use crate::api::{IdempotencyKey, UndoIsRegistered};
use crate::config::recovery_log::EntryHandle;

/// How long undoing may take after a signal.
pub(crate) const UNDO_TIMEOUT: Duration = Duration::from_secs(5);
/// How long it may take otherwise: nobody waits at a prompt, and a token that stays is worse than a
/// slow failure.
pub(crate) const UNDO_TIMEOUT_WITHOUT_SIGNAL: Duration = Duration::from_secs(60);
/// How long the sinks alone are undone; if that takes longer, the token is revoked meanwhile. Sinks
/// come first, so that nobody finds a value there that has been revoked.
const SINKS_ALONE: Duration = Duration::from_secs(1);

/// The token that was asked for and is not delivered yet, and what else a signal would leave
/// behind.
#[derive(Default)]
pub(crate) struct Ledger {
    entry: RefCell<Option<Entry>>,
    if_interrupted: RefCell<Option<String>>,
}

/// An undelivered token.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) key: IdempotencyKey,
    /// When this run began to ask for it, by our clock.
    pub(super) started: Timestamp,
    /// Once it is known.
    pub(super) token: Option<SeenToken>,
    pub(super) on_failure: OnFailure,
    /// What this run wrote into the recovery log.
    pub(super) record: Option<EntryHandle>,
    /// What earlier runs wrote there about the same request.
    pub(super) earlier_records: Vec<EntryHandle>,
    /// Where the value may have been written.
    pub(super) sinks: Option<Rc<Sinks>>,
    /// An older token that was given an end, which is taken back.
    pub(super) shortened: Option<OldToken>,
    /// Whether undoing has revoked it.
    pub(super) is_revoked: bool,
}

/// What becomes of a token that could not be delivered.
#[derive(Clone)]
pub(super) enum OnFailure {
    Revoke(Box<IssueRequest>),
    Retain(Retained),
}

/// Why a token is not revoked, and what a person can do.
#[derive(Clone)]
pub(super) struct Retained {
    /// What it does instead of vanishing: `stays, for …`.
    pub(super) reason: String,
    pub(super) hint: String,
}

/// Proof that undoing is registered, for the requests that issue a token.
pub(super) struct Registered(());

impl Registered {
    /// For a request that undoes.
    pub(super) fn already() -> Self {
        Self(())
    }
}

impl UndoIsRegistered for Registered {}

/// A record of an earlier run stands for the undo that `jelou tokens recover` is.
impl UndoIsRegistered for EntryHandle {}

impl Ledger {
    /// Registers a token that is about to be asked for.
    pub(super) fn open(&self, entry: Entry) -> Registered {
        *self.entry.borrow_mut() = Some(entry);
        Registered(())
    }

    /// Registers a deploy, which may bring a token: it can neither be repeated nor taken back, so a
    /// signal names what to look for.
    pub(super) fn open_deploy(&self, if_interrupted: String) -> Registered {
        self.if_interrupted(Some(if_interrupted));
        Registered(())
    }

    /// Changes the open entry.
    pub(super) fn update(&self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entry.borrow_mut().as_mut() {
            change(entry);
        }
    }

    /// Registers that an older token is about to be given an end.
    pub(crate) fn note_shortened(&self, old: OldToken) {
        self.update(|entry| entry.shortened = Some(old));
    }

    /// The older token that was given an end.
    pub(super) fn shortened(&self) -> Option<OldToken> {
        self.entry.borrow().as_ref().and_then(|entry| entry.shortened.clone())
    }

    /// Drops the entry and its records: the token was delivered, or certainly does not exist.
    ///
    /// # Errors
    /// Why the recovery log still holds a record.
    pub(super) fn commit(&self) -> io::Result<()> {
        let Some(entry) = self.entry.take() else { return Ok(()) };
        let mut removed = Ok(());
        for record in entry.record.into_iter().chain(entry.earlier_records) {
            removed = removed.and(record.remove());
        }
        removed
    }

    /// Drops the entry and this run's record: its request was not carried out. What earlier runs
    /// made stays in the recovery log.
    pub(super) fn leave_earlier_to_recovery(&self) {
        let record = self.entry.take().and_then(|entry| entry.record);
        // A record that stays names the same request as the earlier ones.
        record.map(EntryHandle::remove);
    }

    /// Drops the entry and keeps its records for `jelou tokens recover`.
    pub(super) fn leave_to_recovery(&self) {
        drop(self.entry.take());
    }

    /// Whether a token would be left behind if the run ended now.
    pub(crate) fn is_open(&self) -> bool {
        self.entry.borrow().is_some()
    }

    /// Sets what is said if a signal ends the run from here on.
    pub(crate) fn if_interrupted(&self, message: Option<String>) {
        *self.if_interrupted.borrow_mut() = message;
    }

    /// What a signal that ends the run now leaves behind.
    pub(crate) fn interruption(&self) -> Option<String> {
        self.if_interrupted.take()
    }

    /// Undoes what is open. The entry stays until that is done, so that [`Ledger::cut_short`] can
    /// say what is left.
    pub(crate) async fn undo_all(&self) -> UndoReport {
        let (on_failure, sinks, shortened, known, started) = match &*self.entry.borrow() {
            Some(Entry { on_failure, sinks, shortened, token, started, .. }) => {
                (on_failure.clone(), sinks.clone(), shortened.clone(), token.clone(), *started)
            }
            None => return UndoReport { token: TokenFate::Nothing, not_undone: Vec::new() },
        };
        let mut sinks = pin!(async {
            match &sinks {
                Some(sinks) => sinks.undo().await,
                None => Vec::new(),
            }
        });
        let request = match on_failure {
            OnFailure::Revoke(request) => request,
            OnFailure::Retain(retained) => {
                let not_undone = sinks.await;
                // It may be the only token that somebody holds.
                let complaint = restore(shortened.as_ref()).await;
                let token = self.left(Retained { reason: retained.reason + &complaint, ..retained });
                self.leave_to_recovery();
                return UndoReport { token, not_undone };
            }
        };
        let on_token = |token: &SeenToken| self.update(|entry| entry.token = Some(token.clone()));
        let revoking = async {
            let undoing = Undoing { request: &request, started, shortened, on_token: &on_token };
            let fate = undoing.revoke(known).await;
            self.update(|entry| entry.is_revoked = matches!(fate, Ok(TokenFate::Revoked { .. })));
            fate
        };
        let (not_undone, revoked) = match tokio::time::timeout(SINKS_ALONE, sinks.as_mut()).await {
            Ok(not_undone) => (not_undone, revoking.await),
            Err(_) => futures_util::future::join(sinks, revoking).await,
        };
        let token = match revoked {
            Ok(token) => {
                // A record that stays is found to be about nothing by `jelou tokens recover`.
                drop(self.commit());
                token
            }
            Err(retained) => {
                let token = self.left(retained);
                self.leave_to_recovery();
                token
            }
        };
        UndoReport { token, not_undone }
    }

    /// What is left if undoing is ended before it is done.
    pub(crate) fn cut_short(&self) -> UndoReport {
        let retained = self.entry.borrow().as_ref().map(|entry| match &entry.on_failure {
            OnFailure::Retain(retained) => retained.clone(),
            OnFailure::Revoke(request) => Retained {
                reason: "may still exist, for cleaning up was cut short".to_owned(),
                hint: request.how_to_revoke(entry.token.as_ref().map(|token| &token.id)),
            },
        });
        let is_revoked = self.entry.borrow().as_ref().is_some_and(|entry| entry.is_revoked);
        let token = match retained {
            Some(_) if is_revoked => TokenFate::Revoked { may_follow: None },
            Some(retained) => self.left(retained),
            None => TokenFate::Nothing,
        };
        let sinks = self.entry.borrow().as_ref().and_then(|entry| entry.sinks.clone());
        let not_undone = sinks.map_or_else(Vec::new, |sinks| sinks.not_undone_yet());
        UndoReport { token, not_undone }
    }

    /// What is said of a token that stays.
    fn left(&self, retained: Retained) -> TokenFate {
        let entry = self.entry.borrow();
        let Some(entry) = &*entry else { return TokenFate::Nothing };
        let Retained { reason, hint } = retained;
        let (id, name, key) =
            (entry.token.as_ref().map(|token| token.id.clone()), entry.name.clone(), entry.key.clone());
        TokenFate::Left(LeftBehind { id, name, key, reason, hint })
    }
}
