//! `.data` of every verb that issues a token, and how people see it.

use jiff::Timestamp;
use serde::Serialize;

use super::held::DeliveredToken;
use super::live::Live;
use crate::api::wire::{Deployment, DeploymentStatus, Id, Slug, Token, TokenStatus};
use crate::output::times::TimeStyle;
use crate::output::{Effect, Line, Outcome, ShownValue};

/// A new token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct IssuedToken {
    /// `tok_…`.
    pub(crate) id: Id,
    /// Unique among the tokens that nothing replaces.
    pub(crate) name: String,
    /// The value, this once; null if it went to another place than stdout.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) token: Option<ShownValue>,
    /// The type prefix and the 4 characters behind it.
    pub(crate) prefix: String,
    /// The slug of the function it opens.
    pub(crate) function: Slug,
    /// Whether the gateway accepts it.
    pub(crate) status: TokenStatus,
    /// When it was made.
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub(crate) created_at: Timestamp,
    /// When the gateway last accepted it.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub(crate) last_used_at: Option<Timestamp>,
    /// When it stops being accepted by itself.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub(crate) expires_at: Option<Timestamp>,
    /// The deployment that makes it count.
    pub(crate) deployment: DeploymentBrief,
    /// The proof at the gateway; null if there was none.
    pub(crate) live: Option<Live>,
    /// Where the value went.
    pub(crate) delivered_to: Vec<String>,
    /// The token it takes over from; only after a rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(default))]
    pub(crate) replaces: Option<Replaced>,
}

/// A deployment in the data of another command.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct DeploymentBrief {
    /// `dep_…`.
    pub(crate) id: Id,
    /// How far it is.
    pub(crate) status: DeploymentStatus,
}

/// The token that a rotation replaces.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Replaced {
    /// Its id.
    pub(crate) id: Id,
    /// When it stops being accepted, if it was given a grace.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub(crate) expires_at: Option<Timestamp>,
    /// Whether it was revoked; null if that is tried after this is printed.
    pub(crate) revoked: Option<bool>,
}

impl From<&Deployment> for DeploymentBrief {
    fn from(deployment: &Deployment) -> Self {
        Self { id: deployment.id.clone(), status: deployment.status.clone() }
    }
}

impl DeliveredToken<Token> {
    /// The result of a verb, as every format shows it. `done` is its first line for people.
    pub(crate) fn outcome(self, times: &TimeStyle, done: String, replaces: Option<Replaced>) -> Outcome {
        let (info, deployment) = (self.info, self.deployment);
        let prints = self.value.is_some();
        let expires = info.expires_at.map(|at| times.counted_from(info.created_at, at));
        let id = match &replaces {
            Some(old) => Some(format!("{} (replaces {})", info.id, old.id)),
            // The docs show a new token without it.
            None => (!prints).then(|| info.id.to_string()),
        };
        let data = IssuedToken {
            id: info.id.clone(),
            name: info.name,
            token: self.value,
            prefix: info.prefix,
            function: info.function.clone(),
            status: info.status,
            created_at: info.created_at,
            last_used_at: info.last_used_at,
            expires_at: info.expires_at,
            deployment: DeploymentBrief::from(&deployment),
            live: self.live,
            delivered_to: self.delivered_to.clone(),
            replaces,
        };
        let mut outcome = Outcome::read(data).line(Line::Done(done));
        outcome.effect = Effect::Changed { what: vec![info.id.to_string()] };
        outcome.failure = self.not_live;
        outcome.value_stands_alone = true;
        let facts = [("ID      ", id), ("Expires ", expires)];
        for (label, fact) in facts.into_iter().filter_map(|(label, fact)| Some((label, fact?))) {
            outcome = outcome.line(Line::Field(label, fact));
        }
        outcome = if prints {
            outcome.line(Line::Token).line(Line::Note("Save this token now — it will not be shown again.".to_owned()))
        } else {
            outcome.line(Line::Field("Sent to ", self.delivered_to.join(", ")))
        };
        if deployment.is_under_way() {
            let wait = format!("jelou deployments wait {} {}", info.function, deployment.id);
            outcome = outcome.next(wait, "wait until the token is accepted");
        }
        outcome
            .next(format!("jelou tokens revoke {} {} -y", info.function, info.id), "revoke the token")
            .request_id(self.request_id)
    }
}
