//! `jelou whoami`

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::wire::Id;
use crate::commands::Context;
use crate::config::env::JELOU_TOKEN;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Whose credential is used.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Whoami {
    /// The owner's id.
    id: Id,
    /// The owner's name.
    name: String,
    /// `pat` or `api_key`.
    #[serde(rename = "type")]
    kind: String,
    /// What it allows.
    scopes: Vec<String>,
    /// The stored profile, if it is from one.
    profile: Option<String>,
    /// Where the credential comes from.
    source: String,
    /// The control plane.
    api_url: String,
}

/// Asks the control plane whose credential is used.
pub(crate) async fn run(cx: &Context) -> Result<Outcome, Error> {
    let reply = cx.control()?.me().await?;
    let (me, identity) = (reply.value, cx.identity()?);
    let profile = identity.profile.clone();
    let source = profile.as_ref().map_or_else(|| format!("`{JELOU_TOKEN}`"), |name| format!("profile {name}"));
    let lines = [
        Line::Field("Name   ", me.name.clone()),
        Line::Field("ID     ", me.id.to_string()),
        Line::Field("Type   ", me.kind.clone()),
        Line::Field("Scopes ", me.scopes.join(", ")),
        Line::Field("API    ", identity.api_url.url().to_string()),
        Line::Field("Source ", source.clone()),
    ];
    let quiet = vec![me.id.to_string()];
    let outcome = Outcome::read(Whoami {
        id: me.id,
        name: me.name,
        kind: me.kind,
        scopes: me.scopes,
        profile,
        source: source.replace('`', ""),
        api_url: identity.api_url.url().as_str().to_owned(),
    });
    Ok(lines.into_iter().fold(outcome, Outcome::line).quiet(quiet).request_id(reply.request_id))
}
