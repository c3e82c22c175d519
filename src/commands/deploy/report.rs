//! What a deploy shows.

use serde::Serialize;

use crate::api::wire::{Deployment, Slug, Token};
use crate::commands::issuance::Live;
use crate::commands::issuance::deploy::FirstDeploy;
use crate::commands::issuance::held::DeliveredToken;
use crate::output::{Effect, Line, Outcome, ShownValue};

/// What a first deploy says (docs, “Authentication”).
const CREATED_DEFAULT: &str = "A default runtime token was created for this function.";

/// A deploy: the deployment, and the default token on the first one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Deployed"))]
pub(crate) struct DeployReport {
    /// The deployment.
    #[serde(flatten)]
    pub(crate) deployment: Deployment,
    /// Where the function will answer.
    pub(crate) url: Option<String>,
    /// The value of the default token on the first deploy, if it went to stdout.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) token: Option<ShownValue>,
    /// The default token on the first deploy.
    pub(crate) token_info: Option<Token>,
    /// The proof at the gateway; null if there was none.
    pub(crate) live: Option<Live>,
    /// Where the value went.
    pub(crate) delivered_to: Vec<String>,
}

/// The first deploy of a function, whose default token is delivered.
pub(super) fn first(token: DeliveredToken<FirstDeploy>, slug: &Slug) -> Outcome {
    let (prints, sent_to) = (token.value.is_some(), token.delivered_to.join(", "));
    let outcome = later(token, slug).line(Line::Note(CREATED_DEFAULT.to_owned()));
    if prints {
        outcome.line(Line::NoteContinued("Save it now — it will not be shown again.")).line(Line::Token)
    } else {
        outcome.line(Line::Field("Sent to ", sent_to))
    }
}

/// Any other deploy.
pub(super) fn later(token: DeliveredToken<FirstDeploy>, slug: &Slug) -> Outcome {
    let (deployment, url) = (token.deployment, token.info.url);
    let wait = deployment.is_under_way().then(|| format!("jelou deployments wait {slug} {}", deployment.id));
    let id = deployment.id.to_string();
    let mut outcome = Outcome::read(DeployReport {
        deployment,
        url: url.clone(),
        token: token.value,
        token_info: token.info.token_info,
        live: token.live,
        delivered_to: token.delivered_to,
    })
    .line(Line::Done("Deployed".to_owned()));
    outcome.effect = Effect::Changed { what: vec![id.clone()] };
    outcome.failure = token.not_live;
    outcome = outcome.line(Line::Field("ID: ", id));
    if let Some(url) = url {
        outcome = outcome.line(Line::Field("URL:", url));
    }
    if let Some(wait) = wait {
        outcome = outcome.next(wait, "wait until it answers");
    }
    outcome.request_id(token.request_id)
}
