//! From a registered request to a token that only this run holds.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::held::{Held, Unmasked};
use super::ledger::{Entry, OnFailure, Registered, Retained};
use super::lost_token::SeenToken;
use super::request::{Again, IssueRequest, Issued, Kind, Orphan, about_another};
use super::sinks::Sinks;
use super::undo::restore;
use crate::api::RequestError;
use crate::api::wire::{Id, Token};
use crate::commands::Context;
use crate::config::recovery_log::{self, EntryHandle, RecoveryEntry};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;

/// A request whose undo is registered, so that it may be sent.
pub struct Custody<'a> {
    cx: &'a Context,
    request: IssueRequest,
    sinks: Rc<Sinks>,
    registered: Registered,
    /// When this run and earlier ones began to ask, by our clock; the recovery log tells of those.
    asked: Vec<Timestamp>,
    /// Whether this run is `jelou tokens recover`, which keeps the record if it fails.
    is_recovery: bool,
}

/// What a request for a token came to.
pub enum Obtained<'a> {
    Issued(Unmasked<'a, Token>),
    /// The platform has made none for this request.
    Nothing(Error),
    /// There was one, which has been revoked since.
    Revoked(Error),
    /// There may be one, which the recovery log names; this run does not undo it.
    Unknown(Error),
    /// There may be one, which this run undoes when it ends.
    Unusable(Error),
}

impl<'a> Obtained<'a> {
    /// The token, for a verb that treats every failure alike.
    pub fn issued(self) -> Result<Unmasked<'a, Token>, Error> {
        match self {
            Self::Issued(token) => Ok(token),
            Self::Nothing(error) | Self::Revoked(error) | Self::Unknown(error) | Self::Unusable(error) => Err(error),
        }
    }
}

impl<'a> Custody<'a> {
    /// Registers how to undo a request, in this run's ledger and in the recovery log. Signals are
    /// received from now on.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses to deliver signals.
    pub fn open(cx: &'a Context, request: IssueRequest, sinks: &Rc<Sinks>) -> Result<Self, Error> {
        cx.interrupts.receive()?;
        let started = Timestamp::now();
        let mut asked = vec![started];
        let (mut record, mut earlier_records) = (None, Vec::new());
        if let Some(folder) = cx.state_folder() {
            if request.key.is_given() {
                for (earlier, handle) in records_of_the_same(cx, &request, &folder) {
                    asked.push(earlier.started_at);
                    earlier_records.push(handle);
                }
            }
            record = recovery_log::write(&folder, &record_of(cx, &request, started));
        }
        let on_failure = if request.key.is_given() {
            // The same key may have given the same token to another run, which may have delivered
            // it.
            OnFailure::Retain(Retained {
                reason: "stays, for another run with the same key may have delivered it".to_owned(),
                hint: "run it again with the same key, or revoke the token".to_owned(),
            })
        } else {
            OnFailure::Revoke(Box::new(request.clone()))
        };
        // The request itself gives the old token an end if it names a grace.
        let shortened = match &request.kind {
            Kind::Rotate { old, body } => body.grace_seconds.map(|_| (**old).clone()),
            Kind::Create(_) => None,
        };
        let custody = Self::register(cx, request, sinks, (record, earlier_records), on_failure, started);
        if let Some(old) = shortened {
            cx.ledger.note_shortened(old);
        }
        Ok(Self { asked, ..custody })
    }

    /// Takes over a request that an earlier run has sent, whose record goes once the token is
    /// delivered.
    ///
    /// # Errors
    /// As [`Custody::open`].
    pub fn resume(
        cx: &'a Context,
        request: IssueRequest,
        sinks: &Rc<Sinks>,
        record: EntryHandle,
        started: Timestamp,
    ) -> Result<Self, Error> {
        cx.interrupts.receive()?;
        let on_failure = OnFailure::Retain(Retained {
            reason: "stays, with its entry for `jelou tokens recover`".to_owned(),
            hint: "run it again, or revoke the token with `jelou tokens recover --revoke`".to_owned(),
        });
        let custody = Self::register(cx, request, sinks, (None, vec![record]), on_failure, started);
        Ok(Self { is_recovery: true, ..custody })
    }

    fn register(
        cx: &'a Context,
        request: IssueRequest,
        sinks: &Rc<Sinks>,
        (record, earlier_records): (Option<EntryHandle>, Vec<EntryHandle>),
        on_failure: OnFailure,
        started: Timestamp,
    ) -> Self {
        let (name, key) = (request.name().to_owned(), request.key.clone());
        let registered = cx.ledger.open(Entry {
            name,
            key,
            started,
            token: None,
            on_failure,
            record,
            earlier_records,
            sinks: None,
            shortened: None,
            is_revoked: false,
        });
        let sinks = Rc::clone(sinks);
        Self { cx, request, sinks, registered, asked: vec![started], is_recovery: false }
    }

    /// Sends the request.
    pub async fn obtain(self) -> Obtained<'a> {
        match self.request.send(&self.registered).await {
            Ok(issued) => self.accept(issued).await,
            Err(error) => self.explain(error).await,
        }
    }

    async fn accept(self, issued: Issued) -> Obtained<'a> {
        let seen = Some(SeenToken::of(&issued.info));
        let is_repeated = self.is_recovery || self.request.key.is_given();
        if !is_repeated {
            self.cx.ledger.update(|entry| entry.token.clone_from(&seen));
        }
        if let Err(error) = self.request.is_the_only_one(&issued, &self.asked).await {
            return Obtained::Unusable(error.into_error());
        }
        if is_repeated {
            match self.look_at(&issued.info).await {
                Seen::AsAnswered => self.cx.ledger.update(|entry| entry.token = seen),
                Seen::Gone => return Obtained::Revoked(self.was_revoked(&issued.info.id)),
                Seen::Another => return Obtained::Unusable(about_another("another token").into_error()),
            }
        }
        match RuntimeToken::issued(issued.value) {
            Ok(value) => {
                let Issued { info, deployment, request_id, .. } = issued;
                let held = Held::new(self.cx, self.sinks, value, info, deployment, request_id);
                Obtained::Issued(Unmasked::new(held))
            }
            Err(error) => Obtained::Unusable(error),
        }
    }

    /// A key that was used before gives the answer of that time, whose token may have been revoked
    /// since.
    async fn look_at(&self, answered: &Token) -> Seen {
        // A platform whose reads lag behind its writes does not know a new token at once.
        const PAUSES_MS: [u64; 3] = [0, 200, 400];
        for pause in PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            match self.request.control.token(&self.request.slug, &answered.id).await {
                Err(error) if error.is_absent() => {}
                Ok(reply) if !SeenToken::of(answered).is(&reply.value) => return Seen::Another,
                _ => return Seen::AsAnswered,
            }
        }
        Seen::Gone
    }

    fn was_revoked(&self, id: &Id) -> Error {
        self.close();
        let message = format!("The token {id} that this `--idempotency-key` stands for has been revoked");
        Error::new(ErrorCode::Conflict, message).with_hint("choose another key to create a new token")
    }

    /// What a failed request means for the token.
    async fn explain(self, error: RequestError) -> Obtained<'a> {
        if self.was_asked_before() && !error.may_have_been_applied && !error.is_refused_for_good() {
            self.cx.ledger.leave_earlier_to_recovery();
            return Obtained::Unknown(error.into_error());
        }
        if !error.may_have_been_applied {
            return self.refused(error).await;
        }
        let is_repeated = self.is_recovery || self.request.key.is_given();
        let is_of_use_later = self.request.again != Again::Never;
        if !is_of_use_later || (error.code() == ErrorCode::ApiError && !is_repeated) {
            return Obtained::Unusable(error.into_error());
        }
        self.cx.ledger.leave_to_recovery();
        Obtained::Unknown(self.request.outcome_unknown(error))
    }

    /// Whether an earlier run has asked already.
    fn was_asked_before(&self) -> bool {
        self.is_recovery || self.asked.len() > 1
    }

    /// Nothing is to be undone. A record that stays is found to be about nothing by
    /// `jelou tokens recover`.
    fn close(&self) {
        drop(self.cx.ledger.commit());
    }

    /// The request was refused. If it was sent before and a token of that name was created then, it
    /// may be ours: a platform that ignores keys answers the repeat with 409. It is named, never
    /// revoked.
    async fn refused(self, error: RequestError) -> Obtained<'a> {
        let may_be_ours = error.after_lost_attempt || self.was_asked_before();
        let found = if may_be_ours { self.request.find_what_it_made(&self.asked).await } else { Ok(None) };
        let found = match found {
            Ok(found) => found,
            Err(look) => {
                self.cx.ledger.leave_to_recovery();
                let why = format!("; whether the new token exists could not be seen: {look}");
                return Obtained::Unknown(self.request.outcome_unknown(error.with_more(&why)));
            }
        };
        let is_conflict = error.code() == ErrorCode::Conflict;
        let error = error.into_error();
        let Some(token) = found else {
            self.close();
            let hint = || self.request.how_to_resolve_conflict();
            return Obtained::Nothing(if is_conflict { error.without_hints().with_hint(hint()) } else { error });
        };
        // The old token may be the only one that somebody holds.
        let complaint = restore(self.cx.ledger.shortened().as_ref()).await;
        let error = error.with_more(&complaint).without_hints();
        if self.is_recovery {
            self.cx.ledger.leave_to_recovery();
        } else {
            self.close();
        }
        let what = match self.request.kind {
            Kind::Create(_) => {
                format!("give it a new value with `jelou tokens rotate {} {}`", self.request.slug, token.id)
            }
            Kind::Rotate { .. } => self.request.how_to_revoke(Some(&token.id)),
        };
        Obtained::Nothing(error.with_fields(&Orphan::of(&token)).with_hint(format!(
            "the token {} was created when this was asked before, maybe by that attempt; if so, {what}",
            token.id
        )))
    }
}

/// What the platform shows of a token that an answer has named.
enum Seen {
    /// The same, or nothing that says otherwise.
    AsAnswered,
    Another,
    Gone,
}

/// What earlier runs with the same key left in the recovery log: it is this run's from now on.
fn records_of_the_same(
    cx: &Context,
    request: &IssueRequest,
    folder: &Path,
) -> impl Iterator<Item = (RecoveryEntry, EntryHandle)> {
    let this = record_of(cx, request, Timestamp::now());
    let same = move |other: &RecoveryEntry| {
        // Whoever chose it: the hint of a run whose answer was lost gives the key that it had made.
        other.key.as_str() == this.key.as_str()
            && other.function == this.function
            && other.api_origin == this.api_origin
            // A platform that ignores keys takes it for two.
            && other.request == this.request
    };
    recovery_log::list(folder).entries.into_iter().filter(move |(entry, _)| same(entry))
}

fn record_of(cx: &Context, request: &IssueRequest, started: Timestamp) -> RecoveryEntry {
    let identity = cx.identity().ok();
    RecoveryEntry {
        id: uuid::Uuid::new_v4(),
        function: request.slug.clone(),
        name: request.name().to_owned(),
        key: request.key.clone(),
        request: request.to_record(),
        api_origin: identity.map(|identity| identity.api_url.origin()).unwrap_or_default(),
        profile: identity.and_then(|identity| identity.profile.clone()),
        started_at: started,
    }
}
