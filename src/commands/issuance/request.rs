//! The request that issues a token: what is asked, and how to ask the same again.
//!
//! A request is repeated with its key, never changed: the platform then answers with the token that
//! the first one made. That is how a token is found whose answer was lost.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::undo_report::Unseen;
use crate::api::wire::{
    CreateToken, CreatedToken, Deployment, Id, Identified, RotateToken, RotatedToken, Slug, Token, TokenName,
    UpdateToken,
};
use crate::api::{ControlPlane, IdempotencyKey, RequestError, UndoIsRegistered};
use crate::config::recovery_log::{RecoveryEntry, Request};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::Secret;

/// How far the time of a token and that of its request may lie apart: retries, a redeploy, and
/// clocks that disagree.
pub(crate) const SAME_REQUEST: Duration = Duration::from_secs(600);

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
                let token: CreatedToken<Secret> = reply.value;
                let (info, value, deployment) = (token.info, token.value, token.deployment);
                Issued { info, value, deployment, request_id: reply.request_id }
            }
            Kind::Rotate { old, body } => {
                let reply = self.control.rotate_token(&self.slug, &old.id, body, &self.key, registered).await?;
                let token: RotatedToken<Secret> = reply.value;
                let (info, value, deployment) = (token.info, token.value, token.deployment);
                self.replaces_what_was_asked(Some(&token.replaces.id))?;
                Issued { info, value, deployment, request_id: reply.request_id }
            }
        };
        self.is_answered_by(&issued.info.id, Some(&issued.info.name), Some(issued.info.function.as_str()))?;
        Ok(issued)
    }

    /// Sends the same request again and reads which token it was, whatever else the answer holds.
    ///
    /// # Errors
    /// As [`IssueRequest::send`].
    pub(crate) async fn identify(&self, registered: &impl UndoIsRegistered) -> Result<Id, RequestError> {
        let found: Identified = match &self.kind {
            Kind::Create(body) => self.control.create_token(&self.slug, body, &self.key, registered).await?.value,
            Kind::Rotate { old, body } => {
                self.control.rotate_token(&self.slug, &old.id, body, &self.key, registered).await?.value
            }
        };
        self.replaces_what_was_asked(found.replaces.as_ref().map(|replaces| &replaces.id))?;
        self.is_answered_by(&found.id, found.name.as_deref(), found.function.as_deref())?;
        Ok(found.id)
    }

    fn replaces_what_was_asked(&self, replaced: Option<&Id>) -> Result<(), RequestError> {
        match (&self.kind, replaced) {
            (Kind::Rotate { old, .. }, Some(id)) if old.id != *id => Err(about_another("a rotation of another token")),
            _ => Ok(()),
        }
    }

    /// Holds an answer against the question: nothing that this request did not make may be
    /// delivered or revoked.
    fn is_answered_by(&self, id: &Id, name: Option<&str>, function: Option<&str>) -> Result<(), RequestError> {
        let is_old = matches!(&self.kind, Kind::Rotate { old, .. } if old.id == *id);
        let is_another =
            name.is_some_and(|name| name != self.name()) || function.is_some_and(|slug| self.slug != *slug);
        if !is_old && !is_another {
            return Ok(());
        }
        Err(about_another(if is_old { "the old token" } else { "another token" }))
    }

    /// Revokes the token of this id.
    pub(crate) async fn revoke(&self, id: &Id) -> Result<(), RequestError> {
        self.control.revoke_token(&self.slug, id).await.map(|_| ())
    }

    /// How many seconds the platform's clock is ahead of ours, as far as its answers have told.
    fn clock_skew(&self) -> i64 {
        self.control.server_time().as_second() - Timestamp::now().as_second()
    }

    /// A token that this request may have made, on a platform that ignores keys: it was created at
    /// one of the times (by our clock) at which the request was sent.
    pub(crate) async fn find_what_it_made(&self, asked: &[Timestamp]) -> Option<Token> {
        let skew = self.clock_skew();
        let was_made_then = |token: &Token| asked.iter().any(|asked| was_made_after(token, *asked, skew));
        let token = match &self.kind {
            Kind::Create(body) => {
                let listed = self.control.tokens(&self.slug).await.ok()?.value;
                listed.into_iter().find(|token| body.name == *token.name && was_made_then(token))?
            }
            Kind::Rotate { old, .. } => {
                let successor = self.control.token(&self.slug, &old.id).await.ok()?.value.replaced_by?;
                self.control.token(&self.slug, &successor).await.ok()?.value
            }
        };
        was_made_then(&token).then_some(token)
    }

    /// The error of a request whose outcome nobody knows. With its key it can be sent again, which
    /// is safe for the user's own command only if the user chose the key.
    pub(crate) fn outcome_unknown(&self, error: RequestError) -> Error {
        let key = self.key.as_str();
        let look = self.how_to_look();
        let hint = match &self.again {
            _ if self.key.is_given() => {
                "run the same command again: the key makes sure that there is one token".to_owned()
            }
            Again::Command(again) => {
                format!("the new token may exist: run `{again} --idempotency-key {key}`, or {look}")
            }
            Again::Recover => format!("the new token may exist: run `jelou tokens recover` again, or {look}"),
            Again::Look | Again::Never => format!("the new token may exist: {look}"),
        };
        let is_asked_with_this_key = self.key.is_given() || self.again == Again::Recover;
        let retryable = error.is_retryable() && is_asked_with_this_key;
        let error = error.into_error().without_hints().with_hint(hint);
        error.with_fields(&Unseen::of(self.name(), &self.key)).with_retryable(retryable)
    }

    /// What a person can do about a name that is taken, or a token that was replaced already.
    pub(crate) fn how_to_resolve_conflict(&self) -> String {
        match &self.kind {
            Kind::Create(body) => format!(
                "choose another `--name`, or give it a new value with `jelou tokens rotate {} {}` or `--if-exists rotate`",
                self.slug, body.name
            ),
            Kind::Rotate { .. } => format!("`jelou tokens list {}` shows its state", self.slug),
        }
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

fn about_another(what: &str) -> RequestError {
    let message = format!("The server's answer is about {what}, so it is not believed");
    RequestError::maybe_applied(Error::new(ErrorCode::ApiError, message))
}

/// Whether a request that was sent at `asked` (by our clock) may have made it.
fn was_made_after(token: &Token, asked: Timestamp, skew: i64) -> bool {
    // One second for a platform whose times are whole seconds.
    let began = asked.as_second() + skew - 1;
    let last = began.saturating_add_unsigned(SAME_REQUEST.as_secs());
    (began..=last).contains(&token.created_at.as_second())
}

/// A duration as the wire has it: a part of a second is rounded up, so that it is never zero.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
