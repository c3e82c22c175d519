//! `jelou auth …`

use schemars::JsonSchema;
use serde::Serialize;

use super::logout::{Left, not_revoked};
use super::{folder, unknown_profile, warn_if_environment_beats, warn_if_environment_stays};
use crate::cli::account::Named;
use crate::commands::Context;
use crate::config::credentials;
use crate::config::env::JELOU_PROFILE;
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
    must_be_stored(cx, &args.name)?;
    credentials::update(&folder(cx)?, |stored| {
        // Another process may have removed it meanwhile.
        if !stored.profiles.contains_key(&args.name) {
            return Err(unknown_profile(&args.name));
        }
        stored.active = Some(args.name.clone());
        Ok(())
    })?;
    warn_if_environment_beats(cx, &args.name);
    Ok(Outcome::changed(ProfileSwitched { active: args.name.clone() })
        .line(Line::Done(format!("Profile {} is active", args.name))))
}

/// `jelou auth remove`
pub(crate) fn remove(cx: &Context, args: &Named) -> Result<Outcome, Error> {
    cx.interactivity.needs_confirmation("Removing a profile")?;
    must_be_stored(cx, &args.name)?;
    cx.confirm("Removing a profile", &format!("Forget profile {}?", args.name))?;
    let left = credentials::update(&folder(cx)?, |stored| {
        stored.forget(&args.name).then_some(()).ok_or_else(|| unknown_profile(&args.name))?;
        Ok(Left::of(stored))
    })?;
    cx.warn(not_revoked());
    if cx.env.text(JELOU_PROFILE) == Some(&args.name) {
        warn_if_environment_stays(cx);
    }
    let done = Line::Done(format!("Profile {} removed", args.name));
    Ok(left.outcome(vec![args.name.clone()], done))
}

/// Looks without taking the writers' lock, which would create files.
fn must_be_stored(cx: &Context, name: &str) -> Result<(), Error> {
    if cx.credentials()?.profiles.contains_key(name) {
        return Ok(());
    }
    Err(unknown_profile(name))
}
