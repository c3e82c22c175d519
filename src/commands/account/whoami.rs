//! `jelou whoami`

use serde::Serialize;

use super::{shown_url, type_in_words};
use crate::api::wire::{CredentialType, Id};
use crate::commands::Context;
use crate::config::env::JELOU_TOKEN;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Whose credential is used.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Whoami {
    /// The owner's id.
    id: Id,
    /// The owner's name.
    name: String,
    /// What kind of credential it is.
    #[serde(rename = "type")]
    kind: CredentialType,
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
    cx.tell_default_function();
    let reply = cx.control()?.me().await?;
    let (me, identity) = (reply.value, cx.identity()?);
    let profile = identity.profile.clone();
    let (shown, source) = match &profile {
        Some(name) => (format!("{name} (from credentials file)"), format!("profile {name}")),
        None => (format!("none (`{JELOU_TOKEN}` of the environment)"), JELOU_TOKEN.to_owned()),
    };
    let lines = [
        Line::Field("Type    ", type_in_words(&me.kind).to_owned()),
        Line::Field("Name    ", me.name.clone()),
        Line::Field("Scopes  ", if me.scopes.is_empty() { "none listed".to_owned() } else { me.scopes.join(", ") }),
        Line::Field("API     ", shown_url(identity.api_url.url().as_str())),
        Line::Field("Profile ", shown),
        Line::Field("ID      ", me.id.to_string()),
    ];
    let quiet = vec![me.id.to_string()];
    let outcome = Outcome::read(Whoami {
        id: me.id,
        name: me.name,
        kind: me.kind,
        scopes: me.scopes,
        profile,
        source,
        api_url: identity.api_url.url().as_str().to_owned(),
    });
    Ok(lines.into_iter().fold(outcome, Outcome::line).quiet(quiet).request_id(reply.request_id))
}
