//! `jelou whoami`

use serde_json::json;

use crate::commands::Context;
use crate::config::settings::Origin;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Asks the control plane whose credential is used.
///
/// # Errors
/// `MISSING_AUTH` without one, `AUTH_ERROR` if it is refused.
pub async fn run(cx: &Context) -> Result<Outcome, Error> {
    let me = cx.control()?.me().await?;
    let identity = cx.identity()?;
    let (source, profile) = match &identity.origin {
        Origin::Profile(name) => (format!("profile {name}"), Some(name.clone())),
        Origin::Environment(name) => (format!("`{name}`"), None),
    };
    let me_value = &me.value;
    let data = json!({
        "id": me_value.id,
        "name": me_value.name,
        "type": me_value.kind,
        "scopes": me_value.scopes,
        "profile": profile,
        "source": source.replace('`', ""),
        "api_url": identity.api_url.url().as_str(),
    });
    Ok(Outcome::read(data)
        .line(Line::Field("Name   ", me_value.name.clone()))
        .line(Line::Field("ID     ", me_value.id.to_string()))
        .line(Line::Field("Type   ", me_value.kind.clone()))
        .line(Line::Field("Scopes ", me_value.scopes.join(", ")))
        .line(Line::Field("API    ", identity.api_url.url().to_string()))
        .line(Line::Field("Source ", source))
        .quiet(vec![me_value.id.to_string()])
        .request_id(me.request_id))
}
