//! Waiting until a new token counts: its redeploy first, then the proof at the gateway.

use serde::Serialize;

use crate::api::wire::{Deployment, Slug};
use crate::api::{ControlPlane, Gateway};
use crate::commands::deadline::Deadline;
use crate::commands::{Context, proof, wait};
use crate::error::Error;
use crate::secret::RuntimeToken;

/// Where a change is looked for.
pub struct Until {
    pub(crate) control: ControlPlane,
    /// Where the token is proved, if that is known.
    pub(crate) gateway: Option<Gateway>,
    pub(crate) slug: Slug,
}

/// The proof that the gateway accepts a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Live {
    /// How long it took, in milliseconds.
    pub(crate) accepted_after_ms: u64,
}

impl Until {
    /// # Errors
    /// `INPUT_ERROR` if the gateway's URL makes no URL with the slug.
    pub(crate) fn of(cx: &Context, control: &ControlPlane, slug: &Slug) -> Result<Self, Error> {
        let (control, gateway) = (control.clone(), cx.gateway(slug)?);
        Ok(Self { control, gateway, slug: slug.clone() })
    }
}

/// Waits until a deployment is live, then until the gateway accepts the token. Gives nothing if
/// that cannot be proved.
///
/// # Errors
/// `NOT_LIVE` if one of them was not seen in time.
pub(crate) async fn until_live(
    cx: &Context,
    until: &Until,
    deployment: &mut Deployment,
    token: Option<&RuntimeToken>,
) -> Result<Option<Live>, Error> {
    let deadline = Deadline::of(cx);
    wait::deployment(cx, &until.control, &until.slug, deployment, None, deadline).await?;
    let Some(token) = token else { return Ok(None) };
    let accepted_after = proof::of(cx, until.gateway.as_ref(), &until.slug, token, deadline).await?;
    let in_ms = |after: std::time::Duration| u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    Ok(accepted_after.map(|after| Live { accepted_after_ms: in_ms(after) }))
}
