//! Asking the platform for a token: once, with a key, on the record.
//!
//! The request is noted as pending before it is sent, because from then on the token may exist. If the answer is lost for
//! good, the error says so and names the key. If the platform turns out to ignore keys (it answers the second try with
//! 409), nothing is revoked on a guess: the token that is there now is named.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::context::Context;
use super::pending::{Kept, Pending};
use crate::api::wire::{CreateToken, Deployment, Id, RotateToken, Slug, Token, UpdateToken};
use crate::api::{ControlPlane, IdempotencyKey, RequestError};
use crate::config::intents::{self, Intent, Verb};
use crate::config::settings::Origin;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{RuntimeToken, Secret};

/// How a token is asked for.
#[derive(Clone)]
pub struct Minting {
    /// Who is asked.
    pub control: ControlPlane,
    /// The function.
    pub slug: Slug,
    /// The token's name.
    pub name: String,
    /// The key of the request.
    pub key: IdempotencyKey,
    /// What is asked.
    pub request: MintRequest,
    /// The command line that asks the same again with the key, up to the key; nothing if there is none.
    pub again: Option<String>,
}

/// The requests that issue a token.
#[derive(Clone, Debug)]
pub enum MintRequest {
    /// A new token.
    Create(CreateToken),
    /// A new value beside the one of this id.
    Rotate(Id, RotateToken),
}

/// A token that exists and has not been handed over.
#[derive(Debug)]
pub struct Minted {
    /// What is listed of it.
    pub info: Token,
    /// Its value.
    pub value: RuntimeToken,
    /// The redeploy that makes it count.
    pub deployment: Deployment,
    /// The server's id of the request.
    pub request_id: Option<String>,
}

struct Issued {
    info: Token,
    value: Secret,
    deployment: Deployment,
    request_id: Option<String>,
}

impl Minting {
    /// Asks, and keeps the pending token up to date.
    ///
    /// # Errors
    /// Those of the request; `API_ERROR` if the value is not one that can be handed over safely.
    pub async fn run(self, cx: &Context) -> Result<Minted, RequestError> {
        let started = cx.now();
        cx.interrupts.receive()?;
        let folder = cx.state_folder();
        let mut entries = folder.as_deref().map(|folder| self.earlier_entries(cx, folder)).unwrap_or_default();
        entries.extend(folder.and_then(|folder| intents::write(&folder, &self.intent(cx, started))));
        cx.pending.begin(self.clone(), entries);
        match self.send().await {
            Ok(issued) => {
                // The same key gave this token to an earlier run, which may have handed it over.
                let began = started.as_second() + self.skew() - 2;
                cx.pending.created(&issued.info.id);
                if self.key.is_given() {
                    self.refuse_a_dead_replay(cx, &issued.info).await?;
                }
                if self.key.is_given() && issued.info.created_at.as_second() < began {
                    cx.pending.keep(Kept {
                        reason: "stays, for an earlier run with the same key may have handed it over".to_owned(),
                        hint: format!(
                            "run it again with the same key, or {}",
                            self.cleanup_hint(Some(&issued.info.id))
                        ),
                    });
                }
                Ok(self.minted(cx, issued)?)
            }
            Err(error) => Err(self.explain(&cx.pending, error, started).await),
        }
    }

    /// What earlier runs with the same key left in the journal: it is this run's from now on.
    fn earlier_entries(&self, cx: &Context, folder: &Path) -> Vec<intents::Handle> {
        if !self.key.is_given() {
            return Vec::new();
        }
        let this = self.intent(cx, cx.now());
        let same = |intent: &Intent| {
            intent.idempotency_key == this.idempotency_key
                && intent.function == this.function
                && intent.api_origin == this.api_origin
        };
        intents::list(folder).intents.into_iter().filter(|(intent, _)| same(intent)).map(|(_, handle)| handle).collect()
    }

    /// How many seconds the server's clock is ahead of ours.
    fn skew(&self) -> i64 {
        self.control.server_time().as_second() - Timestamp::now().as_second()
    }

    /// Asks again for what an earlier run has asked for, whose entry in the journal goes once nothing is owed.
    ///
    /// # Errors
    /// As [`Minting::run`]. The entry stays if the token may exist and was not seen.
    pub async fn resume(
        self,
        cx: &Context,
        intent: intents::Handle,
        started: Timestamp,
    ) -> Result<Minted, RequestError> {
        cx.interrupts.receive()?;
        cx.pending.begin(self.clone(), vec![intent]);
        match self.send().await {
            Ok(issued) => {
                self.refuse_a_dead_replay(cx, &issued.info).await?;
                Ok(self.minted(cx, issued)?)
            }
            Err(error) if error.may_have_been_applied || says_that_nothing_is_there(&error) => {
                Err(self.explain(&cx.pending, error, started).await)
            }
            Err(error) => {
                cx.pending.leave();
                Err(error)
            }
        }
    }

    fn minted(&self, cx: &Context, issued: Issued) -> Result<Minted, Error> {
        cx.pending.created(&issued.info.id);
        let value = RuntimeToken::issued(issued.value)?;
        let Issued { mut info, deployment, request_id, .. } = issued;
        // It becomes part of addresses and of commands that are suggested, so it is never the server's word for it.
        info.function.clone_from(&self.slug);
        Ok(Minted { info, value, deployment, request_id })
    }

    async fn send(&self) -> Result<Issued, RequestError> {
        match &self.request {
            MintRequest::Create(body) => {
                let reply = self.control.create_token(&self.slug, body, &self.key).await?;
                let request_id = reply.request_id;
                let token = reply.value;
                let (info, value, deployment) = (token.info, token.value, token.deployment);
                Ok(Issued { info, value, deployment, request_id })
            }
            MintRequest::Rotate(id, body) => {
                let reply = self.control.rotate_token(&self.slug, id, body, &self.key).await?;
                let request_id = reply.request_id;
                let token = reply.value;
                let (info, value, deployment) = (token.info, token.value, token.deployment);
                Ok(Issued { info, value, deployment, request_id })
            }
        }
    }

    /// Sends the same request again, whose answer names the token, even if the rest of it makes no sense.
    async fn identify(&self) -> Result<Id, RequestError> {
        match &self.request {
            MintRequest::Create(body) => self.control.identify_created(&self.slug, body, &self.key).await,
            MintRequest::Rotate(id, body) => self.control.identify_rotated(&self.slug, id, body, &self.key).await,
        }
    }

    /// A key that was used before gives the answer of that time, whose token may have been revoked since. A platform whose
    /// reads lag behind is asked again.
    async fn refuse_a_dead_replay(&self, cx: &Context, info: &Token) -> Result<(), Error> {
        for pause in [0, 200, 400] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            match self.control.token(&self.slug, &info.id).await {
                Err(error) if error.code() == ErrorCode::NotFound => {}
                _ => return Ok(()),
            }
        }
        let _ = cx.pending.settle();
        Err(Error::new(
            ErrorCode::Conflict,
            format!("The token {} that this `--idempotency-key` stands for has been revoked", info.id),
        )
        .with_hint("choose another key to create a new token"))
    }

    fn intent(&self, cx: &Context, started: Timestamp) -> Intent {
        let identity = cx.identity().ok();
        let (verb, replaces, request) = match &self.request {
            MintRequest::Create(body) => (Verb::Create, None, json!(body)),
            MintRequest::Rotate(id, body) => (Verb::Rotate, Some(id.clone()), json!(body)),
        };
        Intent {
            id: uuid::Uuid::new_v4(),
            function: self.slug.clone(),
            name: self.name.clone(),
            idempotency_key: self.key.as_str().to_owned(),
            verb,
            replaces,
            request,
            api_origin: identity.map(|identity| identity.api_url.origin()).unwrap_or_default(),
            profile: identity.and_then(|identity| match &identity.origin {
                Origin::Profile(name) => Some(name.clone()),
                Origin::Environment(_) => None,
            }),
            started_at: started,
        }
    }

    /// What a failed request means for the token.
    async fn explain(&self, pending: &Pending, error: RequestError, started: Timestamp) -> RequestError {
        if error.code() == ErrorCode::Conflict && !error.may_have_been_applied {
            let _ = pending.settle();
            return self.conflict(error, started).await;
        }
        if !error.may_have_been_applied {
            let _ = pending.settle();
            return error;
        }
        let answered_nonsense = error.code() == ErrorCode::ApiError;
        if answered_nonsense && !self.key.is_given() {
            return error;
        }
        pending.leave();
        error.map_error(|error| self.unknown(error))
    }

    /// The error of a request whose outcome nobody knows.
    pub fn unknown(&self, error: Error) -> Error {
        let key = self.key.as_str();
        let look = format!("look for `{}` with `jelou tokens list {}`", self.name, self.slug);
        let hint = match (&self.again, self.key.is_given()) {
            (_, true) => "run the same command again: the key makes sure that there is one token".to_owned(),
            (Some(again), false) => {
                format!("the new token may exist: run `{again} --idempotency-key {key}`, or {look}")
            }
            (None, false) => format!("the new token may exist: {look}"),
        };
        error.of_unknown_outcome(&self.name, key, self.key.is_given()).without_hints().with_hint(hint)
    }

    /// A 409. If a token of that name was created since this command began, it may be ours, made by a first try whose
    /// answer was lost on a platform that ignores keys. It is named, never revoked.
    async fn conflict(&self, error: RequestError, started: Timestamp) -> RequestError {
        let with_hint = |error: Error| error.without_hints().with_hint(self.conflict_hint());
        if !error.after_lost_attempt {
            return error.map_error(with_hint);
        }
        let began = started.as_second() + self.skew() - 1;
        let found = match &self.request {
            MintRequest::Create(_) => self.created_since(began).await,
            MintRequest::Rotate(id, _) => self.replaced_since(id, began).await,
        };
        let Some(token) = found else { return error.map_error(with_hint) };
        let id = &token.id;
        let what = match self.request {
            MintRequest::Create(_) => format!("give it a new value with `jelou tokens rotate {} {id}`", self.slug),
            MintRequest::Rotate(..) => self.cleanup_hint(Some(id)),
        };
        let details = json!({ "orphan": { "id": id, "name": token.name, "created_at": token.created_at } });
        error.map_error(|error| {
            error.with_details(details).with_hint(format!(
                "the token {id} was created since this command began, maybe by its first try; if so, {what}"
            ))
        })
    }

    fn conflict_hint(&self) -> String {
        match self.request {
            MintRequest::Create(_) => format!(
                "choose another `--name`, or give it a new value with `jelou tokens rotate {} {}` or `--if-exists rotate`",
                self.slug, self.name
            ),
            MintRequest::Rotate(..) => format!("`jelou tokens list {}` shows its state", self.slug),
        }
    }

    async fn created_since(&self, began: i64) -> Option<Token> {
        let listed = self.control.tokens(&self.slug).await.ok()?.value;
        listed.into_iter().find(|token| token.name == self.name && token.created_at.as_second() >= began)
    }

    async fn replaced_since(&self, id: &Id, began: i64) -> Option<Token> {
        let successor = self.control.token(&self.slug, id).await.ok()?.value.replaced_by?;
        let token = self.control.token(&self.slug, &successor).await.ok()?.value;
        (token.created_at.as_second() >= began).then_some(token)
    }

    /// Finds out the id of the token by sending the same request again.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn find(&self) -> Result<Id, RequestError> {
        self.identify().await
    }

    /// Sees that the token of this id does not exist.
    ///
    /// # Errors
    /// Why it may still exist.
    pub async fn revoke(&self, id: &Id) -> Result<(), Error> {
        Ok(self.control.revoke_token(&self.slug, id).await.map(|_| ())?)
    }

    /// Gives an older token back the end it had.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn restore(&self, id: &Id, end: Option<Timestamp>) -> Result<(), Error> {
        let change = UpdateToken { expires_at: Some(end), ..UpdateToken::default() };
        Ok(self.control.update_token(&self.slug, id, &change).await.map(|_| ())?)
    }

    /// What a person can do about a token that could not be revoked.
    pub fn cleanup_hint(&self, id: Option<&Id>) -> String {
        match id {
            Some(id) => format!("revoke it with `jelou tokens revoke {} {id} -y`", self.slug),
            None => format!("look for `{}` with `jelou tokens list {}`, then revoke it", self.name, self.slug),
        }
    }
}

/// Whether the answer to a request that was sent again means that it was never carried out, and never will be.
pub fn says_that_nothing_is_there(error: &RequestError) -> bool {
    matches!(error.code(), ErrorCode::Conflict | ErrorCode::NotFound | ErrorCode::ValidationError)
}
