//! A deploy as a request that may issue a token: the first one of a function comes with its
//! `default` token.
//!
//! That token is never revoked by an undo, since a function keeps at least one (docs). If it is
//! lost, a rotation makes it worthless.

use std::rc::Rc;

use jiff::Timestamp;

use super::held::{Held, Unmasked};
use super::ledger::{Entry, OnFailure, Registered, Retained};
use super::lost_token::SeenToken;
use super::sinks::Sinks;
use super::undo_report::{Unseen, outcome_unknown};
use crate::api::wire::{Deploy, Deployed, Deployment, Slug, Token};
use crate::api::{ControlPlane, IdempotencyKey, RequestError};
use crate::commands::Context;
use crate::commands::tokens::DEFAULT_NAME;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;

/// A deploy that may be sent.
pub(crate) struct DeployRequest {
    pub(crate) control: ControlPlane,
    pub(crate) slug: Slug,
    pub(crate) body: Deploy,
    pub(crate) key: IdempotencyKey,
    /// Whether nothing was deployed to the function before, so that its default token is expected.
    pub(crate) is_first: bool,
}

/// A deploy that a signal would name.
pub(crate) struct DeployCustody<'a> {
    cx: &'a Context,
    request: DeployRequest,
    sinks: Rc<Sinks>,
    registered: Registered,
}

/// What a deploy answered, and the token that came with it.
pub(crate) struct DeployAnswer<'a> {
    pub(crate) deployment: Deployment,
    pub(crate) url: Option<String>,
    pub(crate) token_info: Option<Token>,
    pub(crate) request_id: Option<String>,
    pub(crate) token: FirstToken<'a>,
}

pub(crate) enum FirstToken<'a> {
    /// The function had one before.
    None,
    /// No sink may take it.
    Withheld(RuntimeToken),
    Issued(Unmasked<'a, FirstDeploy>),
}

/// What a first deploy said besides its token.
pub(crate) struct FirstDeploy {
    pub(crate) url: Option<String>,
    pub(crate) token_info: Option<Token>,
}

impl DeployRequest {
    /// The error of a deploy that failed; it may have happened nevertheless.
    fn outcome_unknown(&self, error: RequestError) -> Error {
        let Self { slug, key, .. } = self;
        let how_to_replace = how_to_replace(slug);
        let otherwise = format!("look with `jelou deployments list {slug}`; after a first deploy, {how_to_replace}");
        outcome_unknown(error, slug.as_str(), key, &otherwise)
    }
}

impl<'a> DeployCustody<'a> {
    /// Registers what a signal says from now on.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses to deliver signals.
    pub(crate) fn open(cx: &'a Context, request: DeployRequest, sinks: &Rc<Sinks>) -> Result<Self, Error> {
        cx.interrupts.receive()?;
        let slug = &request.slug;
        let registered = cx.ledger.open_deploy(format!(
            "The deploy may have happened: look with `jelou deployments list {slug}`; after a first deploy, {}",
            how_to_replace(slug)
        ));
        Ok(Self { cx, request, sinks: Rc::clone(sinks), registered })
    }

    /// Sends it.
    pub(crate) async fn deploy(self) -> Result<DeployAnswer<'a>, Error> {
        let DeployRequest { control, slug, body, key, is_first } = &self.request;
        let reply = control.deploy(slug, body, key, &self.registered).await;
        let reply = reply.map_err(|error| self.request.outcome_unknown(error))?;
        let (request_id, is_replay) = (reply.request_id, reply.is_replay);
        let Deployed { deployment, url, token, token_info } = reply.value;
        // The value was in an answer that was lost, or somebody else deployed at the same time.
        if token.is_none() && (*is_first || (is_replay && token_info.is_some())) {
            let message = format!(
                "The deployment {} was accepted, but its answer lacks the default token of a first deploy",
                deployment.id
            );
            let error = Error::new(ErrorCode::ApiError, message).with_hint(how_to_replace(slug));
            return Err(error.with_fields(&Unseen::of(DEFAULT_NAME, key)).with_token_left());
        }
        if let Some(info) = token_info.as_ref().filter(|info| token.is_some() && info.name != DEFAULT_NAME) {
            let message = format!(
                "The deployment {} was accepted, but its answer has the token `{}`, not `{DEFAULT_NAME}`",
                deployment.id, info.name
            );
            let error = Error::new(ErrorCode::ApiError, message).with_hint(how_to_replace(slug));
            return Err(error.with_fields(&Unseen::of(DEFAULT_NAME, key)).with_token_left());
        }
        let token = match token {
            None => FirstToken::None,
            Some(value) if self.sinks.take_anything().await => {
                self.register_token(token_info.as_ref());
                let value = RuntimeToken::issued(value)?;
                let info = FirstDeploy { url: url.clone(), token_info: token_info.clone() };
                let held = Held::new(self.cx, self.sinks, value, info, deployment.clone(), request_id.clone());
                FirstToken::Issued(Unmasked::new(held))
            }
            Some(value) => match RuntimeToken::issued(value) {
                Ok(value) => FirstToken::Withheld(value),
                Err(error) => {
                    let which = format!("; the deployment {} was accepted", deployment.id);
                    let error = error.with_more(&which).with_first_hint(how_to_replace(&self.request.slug));
                    return Err(error.with_fields(&Unseen::of(DEFAULT_NAME, &self.request.key)).with_token_left());
                }
            },
        };
        Ok(DeployAnswer { deployment, url, token_info, request_id, token })
    }

    fn register_token(&self, info: Option<&Token>) {
        let on_failure = OnFailure::Retain(Retained {
            reason: "stays, for a function keeps at least one".to_owned(),
            hint: how_to_replace(&self.request.slug),
        });
        self.cx.ledger.open(Entry {
            name: DEFAULT_NAME.to_owned(),
            key: self.request.key.clone(),
            started: Timestamp::now(),
            token: info.map(SeenToken::of),
            on_failure,
            record: None,
            earlier_records: Vec::new(),
            sinks: Some(Rc::clone(&self.sinks)),
            shortened: None,
            is_revoked: false,
        });
    }
}

/// What a person can do about a default token that was lost.
pub(crate) fn how_to_replace(slug: &Slug) -> String {
    format!("give it a new value with `jelou tokens rotate {slug} {DEFAULT_NAME} --to SINK`")
}
