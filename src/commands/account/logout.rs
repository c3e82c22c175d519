//! `jelou logout`: forgets, and says that it does not revoke.

use schemars::JsonSchema;
use serde::Serialize;

use super::folder;
use crate::cli::account::Logout;
use crate::commands::Context;
use crate::config::credentials;
use crate::config::settings::CredentialSource;
use crate::error::Error;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

/// Profiles that are forgotten.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ProfilesRemoved {
    /// Their names.
    pub(super) removed: Vec<String>,
}

/// Removes the named profile, the active one, or all.
pub(crate) fn run(cx: &Context, args: &Logout) -> Result<Outcome, Error> {
    if args.all {
        cx.confirm("Logging out everywhere", "Forget every stored profile?")?;
    }
    let named = match &cx.settings.credential {
        CredentialSource::Profile(name) => Some(name.clone()),
        _ => None,
    };
    let removed = credentials::update(&folder(cx)?, |stored| {
        let mut removed = Vec::new();
        if args.all {
            removed.extend(std::mem::take(&mut stored.profiles).into_keys());
        } else if let Some(name) = named.clone().or_else(|| stored.active.clone()) {
            match stored.profiles.remove(&name) {
                Some(_) => removed.push(name),
                None if named.is_some() => return Err(Error::input(format!("There is no profile `{name}`"))),
                None => {}
            }
        }
        if stored.active.as_ref().is_some_and(|active| !stored.profiles.contains_key(active)) {
            stored.active = None;
        }
        Ok(removed)
    })?;
    let line = if removed.is_empty() {
        "Nobody was logged in".to_owned()
    } else {
        cx.warn(Warning::new(
            "NOT_REVOKED",
            "The management token was forgotten here, not revoked; revoke it in the Jelou console if it may have leaked",
        ));
        format!("Logged out of {}", removed.join(", "))
    };
    Ok(Outcome::changed(ProfilesRemoved { removed: removed.clone() }).line(Line::Done(line)).quiet(removed))
}
