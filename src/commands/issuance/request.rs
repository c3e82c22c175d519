//! The request that issues a token: what is asked, and how to ask the same again.
//!
//! A request is repeated with its key, never changed: the platform then answers with the token that
//! the first one made. That is how a token is found whose answer was lost.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::undo_report::Unseen;
use crate::api::wire::{
    CreateToken, CreatedToken, Deployment, Id, RotateToken, RotatedToken, Slug, Token, TokenName, UpdateToken,
};
use crate::api::{ControlPlane, IdempotencyKey, RequestError, UndoIsRegistered};
use crate::config::recovery_log::{RecoveryEntry, Request};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::Secret;

/// A request that issues a token of one function.
#[derive(Clone)]
pub struct IssueRequest {
    pub(crate) control: ControlPlane,
    pub(crate) slug: Slug,
    pub(crate) key: IdempotencyKey,
    pub(crate) kind: Kind,
    pub(crate) again: Again,
}

/// How the same is asked again with its key, if the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// By this command line, up to the key.
    Command(String),
    /// By `jelou tokens recover`.
    Recover,
    /// By no command line.
    Look,
    /// Not at all: the token is of use to this run alone, which undoes it.
    Never,
}

/// What is asked.
#[derive(Clone)]
pub(crate) enum Kind {
    Create(CreateToken),
    /// A new value beside that of an older token.
    Rotate {
        old: Box<OldToken>,
        body: RotateToken,
    },
}

/// A token that a new one replaces.
#[derive(Clone)]
pub(crate) struct OldToken {
    control: ControlPlane,
    slug: Slug,
    pub(crate) id: Id,
    pub(crate) name: String,
    /// When it was to expire before anything was changed.
    expires_at: Option<Timestamp>,
}

impl OldToken {
    pub(crate) fn of(control: &ControlPlane, token: &Token) -> Self {
        Self {
            control: control.clone(),
            slug: token.function.clone(),
            id: token.id.clone(),
            name: token.name.clone(),
            expires_at: token.expires_at,
        }
    }

    /// Gives it back the end it had.
    pub(crate) async fn restore(&self) -> Result<(), RequestError> {
        let change = UpdateToken { expires_at: Some(self.expires_at), ..UpdateToken::default() };
        self.control.update_token(&self.slug, &self.id, &change).await.map(|_| ())
    }
}

/// The answer to such a request.
pub struct Issued {
    pub(crate) info: Token,
    pub(crate) value: Secret,
    pub(crate) deployment: Deployment,
    pub(crate) request_id: Option<String>,
    /// An earlier attempt may have made another one.
    pub(super) may_be_a_second_one: bool,
}

/// A token of the requested name that exists although the platform refused the request.
#[derive(Serialize)]
pub(crate) struct Orphan {
    orphan: OrphanToken,
}

#[derive(Serialize)]
struct OrphanToken {
    id: Id,
    name: String,
    created_at: Timestamp,
}

impl Orphan {
    pub(crate) fn of(token: &Token) -> Self {
        let orphan = OrphanToken { id: token.id.clone(), name: token.name.clone(), created_at: token.created_at };
        Self { orphan }
    }
}

impl IssueRequest {
    /// Asks for a new token.
    pub(crate) fn create(
        control: &ControlPlane,
        slug: &Slug,
        name: &TokenName,
        expires_in_seconds: Option<u64>,
        key: IdempotencyKey,
    ) -> Self {
        let kind = Kind::Create(CreateToken { name: name.clone(), expires_in_seconds });
        let end = expires_in_seconds.map(|seconds| format!(" --expires-in {seconds}s")).unwrap_or_default();
        let again = Again::Command(format!("jelou tokens create {slug} --name {name}{end}"));
        Self { control: control.clone(), slug: slug.clone(), key, kind, again }
    }

    /// What else the command line said, so that the one that repeats it says it, too: a value that goes
    /// into a file must not be printed the second time.
    pub(crate) fn asked_with(mut self, flags: &str) -> Self {
        if let Again::Command(again) = &mut self.again {
            again.push_str(flags);
        }
        self
    }

    /// Asks for a new value beside that of `old`.
    pub(crate) fn rotate(control: &ControlPlane, old: &Token, body: RotateToken, key: IdempotencyKey) -> Self {
        let verb = if body.grace_seconds.is_some() { "regenerate -y" } else { "rotate" };
        // `rotate` has no flag for a lifetime; `create --if-exists rotate` asks for one.
        let again = match body.expires_in_seconds {
            Some(_) => Again::Look,
            None => Again::Command(format!("jelou tokens {verb} {} {}", old.function, old.id)),
        };
        let kind = Kind::Rotate { old: Box::new(OldToken::of(control, old)), body };
        Self { control: control.clone(), slug: old.function.clone(), key, kind, again }
    }

    /// What an earlier run has asked for.
    pub(crate) fn recorded(control: &ControlPlane, entry: &RecoveryEntry) -> Self {
        let kind = match &entry.request {
            Request::Create(body) => Kind::Create(body.clone()),
            Request::Rotate { replaces, body } => {
                let (id, name, slug) = (replaces.clone(), entry.name.clone(), entry.function.clone());
                let old = Box::new(OldToken { control: control.clone(), slug, id, name, expires_at: None });
                Kind::Rotate { old, body: body.clone() }
            }
        };
        Self {
            control: control.clone(),
            slug: entry.function.clone(),
            key: entry.key.clone(),
            kind,
            again: Again::Recover,
        }
    }

    /// What the recovery log keeps of it.
    pub(crate) fn to_record(&self) -> Request {
        match &self.kind {
            Kind::Create(body) => Request::Create(body.clone()),
            Kind::Rotate { old, body } => Request::Rotate { replaces: old.id.clone(), body: body.clone() },
        }
    }

    /// The name that the new token will have.
    pub(crate) fn name(&self) -> &str {
        match &self.kind {
            Kind::Create(body) => body.name.as_str(),
            Kind::Rotate { old, .. } => &old.name,
        }
    }

    /// Sends it.
    ///
    /// # Errors
    /// Those of the request; `API_ERROR` for an answer about another token.
    pub async fn send(&self, registered: &impl UndoIsRegistered) -> Result<Issued, RequestError> {
        let issued = match &self.kind {
            Kind::Create(body) => {
                let reply = self.control.create_token(&self.slug, body, &self.key, registered).await?;
                let (may_be_a_second_one, request_id) = (reply.may_be_a_second_one(), reply.request_id);
                let CreatedToken::<Secret> { info, value, deployment } = reply.value;
                Issued { info, value, deployment, request_id, may_be_a_second_one }
            }
            Kind::Rotate { old, body } => {
                let reply = self.control.rotate_token(&self.slug, &old.id, body, &self.key, registered).await?;
                let (may_be_a_second_one, request_id) = (reply.may_be_a_second_one(), reply.request_id);
                let RotatedToken::<Secret> { info, value, deployment, replaces } = reply.value;
                self.replaces_what_was_asked(Some(&replaces.id))?;
                Issued { info, value, deployment, request_id, may_be_a_second_one }
            }
        };
        self.is_answered_by(&issued.info.id, Some(&issued.info.name), Some(issued.info.function.as_str()))?;
        Ok(issued)
    }

    pub(super) fn replaces_what_was_asked(&self, replaced: Option<&Id>) -> Result<(), RequestError> {
        match (&self.kind, replaced) {
            (Kind::Rotate { old, .. }, Some(id)) if old.id != *id => Err(about_another("a rotation of another token")),
            _ => Ok(()),
        }
    }

    /// Holds an answer against the question: nothing that this request did not make may be
    /// delivered or revoked.
    pub(super) fn is_answered_by(
        &self,
        id: &Id,
        name: Option<&str>,
        function: Option<&str>,
    ) -> Result<(), RequestError> {
        let is_old = matches!(&self.kind, Kind::Rotate { old, .. } if old.id == *id);
        let is_another =
            name.is_some_and(|name| name != self.name()) || function.is_some_and(|slug| self.slug != *slug);
        if !is_old && !is_another {
            return Ok(());
        }
        Err(about_another(if is_old { "the old token" } else { "another token" }))
    }

    /// The error of a request whose outcome nobody knows. With its key it can be sent again, which
    /// is safe for the user's own command only if the user chose the key.
    pub(crate) fn outcome_unknown(&self, error: RequestError) -> Error {
        let key = self.key.as_str();
        let look = self.how_to_look();
        let hint = match &self.again {
            _ if self.key.is_given() => {
                format!("the new token `{}` may exist: run the same command again, or {look}", self.name())
            }
            Again::Command(again) => {
                format!("the new token may exist: run `{again} --idempotency-key {key}`, or {look}")
            }
            Again::Recover => format!("the new token may exist: run `jelou tokens recover` again, or {look}"),
            Again::Look | Again::Never => format!("the new token may exist: {look}"),
        };
        let is_asked_with_this_key = self.key.is_given() || self.again == Again::Recover;
        let retryable = error.is_retryable() && is_asked_with_this_key;
        let mut error = error.into_error().without_hints().with_hint(hint);
        if let Kind::Rotate { old, body: RotateToken { grace_seconds: Some(_), .. } } = &self.kind {
            error = error.with_more(&format!("; the old value of {} may stop to be accepted", old.id));
        }
        error.with_fields(&Unseen::of(self.name(), &self.key)).with_retryable(retryable)
    }

    /// What a person can do about a conflict. The platform answers alike if the name is taken and if
    /// the function has no deployment; for a rotation, if the token was replaced already.
    pub(crate) fn how_to_resolve_conflict(&self) -> String {
        let taken = match (&self.kind, &self.again) {
            (Kind::Create(body), Again::Command(_)) => format!(
                "choose another `--name`, or give that token a new value with `jelou tokens rotate {} {}` or `--if-exists rotate`",
                self.slug, body.name
            ),
            // The token that has the name is somebody else's.
            (Kind::Create(_), Again::Never) => "choose another `--name`".to_owned(),
            (Kind::Create(_), Again::Recover | Again::Look) | (Kind::Rotate { .. }, _) => {
                return format!("`jelou tokens list {}` shows its state", self.slug);
            }
        };
        format!("if the name is taken, {taken}; a function that was never deployed needs `jelou deploy` first")
    }

    /// What a person can do about a token that was not revoked.
    pub(crate) fn how_to_revoke(&self, id: Option<&Id>) -> String {
        match id {
            Some(id) => format!("revoke it with `jelou tokens revoke {} {id} -y`", self.slug),
            None => format!("{}, then revoke it", self.how_to_look()),
        }
    }

    pub(super) fn how_to_look(&self) -> String {
        format!("look for `{}` with `jelou tokens list {}`", self.name(), self.slug)
    }
}

pub(super) fn about_another(what: &str) -> RequestError {
    let message = format!("The server's answer is about {what}, so it is not believed");
    RequestError::maybe_applied(Error::new(ErrorCode::ApiError, message))
}

/// A duration as the wire has it: a part of a second is rounded up, so that it is never zero.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
