//! What every verb that issues a token does with it: hand it over, wait, say what it is.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::render::brief;
use crate::api::wire::{Deployment, DeploymentStatus};
use crate::api::{ControlPlane, Gateway};
use crate::commands::Context;
use crate::commands::handover::Handover;
use crate::commands::mint::Minted;
use crate::commands::wait::{self, Patience};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

/// A token that is written to every sink but stdout, and maybe proved.
pub struct Issued {
    /// The token.
    pub minted: Minted,
    /// What `delivered_to` says.
    pub delivered_to: Vec<String>,
    /// How far its redeploy is.
    pub deployment: Deployment,
    /// How long it took until the gateway accepted it, if that was proved.
    pub live: Option<Duration>,
    /// Why it is not live, if it should be.
    pub not_live: Option<Error>,
}

/// Where to wait for a token.
pub struct Waiting<'a> {
    /// Who knows how far the redeploy is.
    pub control: &'a ControlPlane,
    /// Who accepts the token, if that is known.
    pub gateway: Option<Gateway>,
}

/// Writes a token to every sink but stdout, then waits for it if that is wanted.
///
/// # Errors
/// `DELIVERY_ERROR`; the token is still owed then. Not being live is no error here.
pub async fn issue(
    cx: &Context,
    minted: Minted,
    handover: &Rc<Handover>,
    waiting: Option<&Waiting<'_>>,
) -> Result<Issued, Error> {
    let patience = Patience::of(cx);
    let mut issued = Issued::of(minted);
    issued.deliver(cx, handover).await?;
    match waiting {
        Some(waiting) => match issued.prove(cx, waiting, patience).await {
            Err(error) if error.code() == ErrorCode::NotLive => issued.not_live = Some(error),
            proved => proved?,
        },
        None if issued.deployment.status != DeploymentStatus::Live => {
            cx.warn(not_waited(&issued.deployment, "The token is accepted"));
        }
        None => {}
    }
    Ok(issued)
}

/// Waits for a token, then writes it to every sink but stdout: for one that takes over from another, whose users must not
/// meet a value that is not accepted yet.
///
/// # Errors
/// `NOT_LIVE`, and nothing was written; `DELIVERY_ERROR`. The token is still owed then.
pub async fn issue_proved(
    cx: &Context,
    minted: Minted,
    handover: &Rc<Handover>,
    waiting: &Waiting<'_>,
    patience: Patience,
) -> Result<Issued, Error> {
    let mut issued = Issued::of(minted);
    issued.prove(cx, waiting, patience).await?;
    issued.deliver(cx, handover).await?;
    Ok(issued)
}

/// The error of a token that is not handed over because it is not live. `NOT_LIVE` would say that it was delivered.
pub fn not_handed_over(not_live: &Error, hint: &str) -> Error {
    let message = format!("The new token is not handed over: {}", not_live.message());
    Error::new(ErrorCode::DeliveryError, message).answered_like(not_live).with_hint(hint)
}

/// The remark of a change that nobody waited for.
pub fn not_waited(deployment: &Deployment, what: &str) -> Warning {
    Warning::new("NOT_YET_LIVE", format!("{what} once the redeploy {} is live; `--wait` waits for that", deployment.id))
}

impl Issued {
    fn of(minted: Minted) -> Self {
        let deployment = minted.deployment.clone();
        Self { minted, delivered_to: Vec::new(), deployment, live: None, not_live: None }
    }

    async fn deliver(&mut self, cx: &Context, handover: &Rc<Handover>) -> Result<(), Error> {
        cx.pending.handing_over(handover);
        self.delivered_to = handover.deliver(&self.minted.value).await?;
        Ok(())
    }

    async fn prove(&mut self, cx: &Context, waiting: &Waiting<'_>, patience: Patience) -> Result<(), Error> {
        let slug = &self.minted.info.function;
        wait::deployment(cx, waiting.control, slug, &mut self.deployment, None, patience).await?;
        self.live = wait::proof(cx, waiting.gateway.as_ref(), &self.minted.value, patience).await?;
        Ok(())
    }

    /// `.data` of every verb that issues a token.
    pub fn data(&self) -> Value {
        let info = &self.minted.info;
        json!({
            "id": info.id,
            "name": info.name,
            "token": null,
            "prefix": info.prefix,
            "function": info.function,
            "status": info.status,
            "created_at": info.created_at,
            "last_used_at": info.last_used_at,
            "expires_at": info.expires_at,
            "deployment": brief(&self.deployment),
            "live": self.live.map(|after| json!({ "accepted_after_ms": after.as_millis() })),
            "delivered_to": self.delivered_to,
        })
    }

    /// The result, as every format shows it.
    pub fn outcome(self, done: String, prints: bool) -> Outcome {
        let data = self.data();
        let info = &self.minted.info;
        let wait_command = format!("jelou deployments wait {} {}", info.function, self.deployment.id);
        let mut outcome = Outcome::changed(data).line(Line::Done(done));
        if prints {
            outcome = outcome
                .line(Line::Token)
                .line(Line::Note("Save this token now — it will not be shown again.".to_owned()));
        } else {
            outcome = outcome.line(Line::Field("ID      ", info.id.to_string()));
            outcome = outcome.line(Line::Field("Sent to ", self.delivered_to.join(", ")));
        }
        if self.deployment.status != DeploymentStatus::Live {
            outcome = outcome.next(wait_command, "wait until the token is accepted");
        }
        outcome = outcome
            .next(format!("jelou tokens revoke {} {} -y", info.function, info.id), "revoke the token")
            .request_id(self.minted.request_id.clone());
        outcome.error = self.not_live;
        outcome
    }
}
