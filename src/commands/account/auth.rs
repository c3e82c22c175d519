//! `jelou auth …`

use schemars::JsonSchema;
use serde::Serialize;

use super::folder;
use super::logout::ProfilesRemoved;
use crate::cli::account::Named;
use crate::commands::Context;
use crate::config::credentials;
use crate::error::Error;
use crate::output::table::Table;
use crate::output::{Line, Outcome};

/// A stored profile.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Profile", deny_unknown_fields)]
pub(crate) struct StoredProfile {
    /// Its name.
    name: String,
    /// Whether it is used when none is named.
    active: bool,
    /// The owner's name.
    user: Option<String>,
    /// The control plane it was checked against.
    api_url: String,
}

/// The profile that is used when none is named.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ProfileSwitched {
    /// Its name.
    active: String,
}

/// `jelou auth list`
pub(crate) fn list(cx: &Context) -> Result<Outcome, Error> {
    let stored = cx.credentials()?;
    let profiles: Vec<StoredProfile> = stored
        .profiles
        .iter()
        .map(|(name, profile)| StoredProfile {
            name: name.clone(),
            active: stored.active.as_ref() == Some(name),
            user: profile.user.as_ref().map(|user| user.name.clone()),
            api_url: profile.api_url.clone(),
        })
        .collect();
    let rows = profiles.iter().map(|profile| {
        let active = if profile.active { "yes" } else { "" };
        let user = profile.user.clone().unwrap_or_default();
        vec![profile.name.clone(), active.to_owned(), user, profile.api_url.clone()]
    });
    let shown = if profiles.is_empty() {
        Line::Text("No profiles are stored".to_owned())
    } else {
        Line::Table(Table { header: vec!["Profile", "Active", "User", "API"], rows: rows.collect() })
    };
    Ok(Outcome::read(profiles).line(shown).quiet(stored.profiles.keys().cloned().collect()))
}

/// `jelou auth switch`
pub(crate) fn switch(cx: &Context, args: &Named) -> Result<Outcome, Error> {
    credentials::update(&folder(cx)?, |stored| {
        if !stored.profiles.contains_key(&args.name) {
            return Err(unknown(&args.name));
        }
        stored.active = Some(args.name.clone());
        Ok(())
    })?;
    Ok(Outcome::changed(ProfileSwitched { active: args.name.clone() })
        .line(Line::Done(format!("Profile {} is active", args.name))))
}

/// `jelou auth remove`
pub(crate) fn remove(cx: &Context, args: &Named) -> Result<Outcome, Error> {
    cx.confirm("Removing a profile", &format!("Forget profile {}?", args.name))?;
    credentials::update(&folder(cx)?, |stored| {
        stored.profiles.remove(&args.name).map(|_| ()).ok_or_else(|| unknown(&args.name))?;
        if stored.active.as_ref() == Some(&args.name) {
            stored.active = None;
        }
        Ok(())
    })?;
    Ok(Outcome::changed(ProfilesRemoved { removed: vec![args.name.clone()] })
        .line(Line::Done(format!("Profile {} removed", args.name))))
}

fn unknown(name: &str) -> Error {
    Error::input(format!("There is no profile `{name}`")).with_hint("`jelou auth list` shows the profiles")
}
