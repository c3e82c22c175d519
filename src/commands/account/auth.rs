//! `jelou auth …`

use serde::Serialize;

use super::logout::{FORGETTING, forget};
use super::{folder, shown_url, type_in_short, unknown_profile, warn_if_environment_beats};
use crate::api::wire::CredentialType;
use crate::cli::account::{Named, Switch};
use crate::commands::Context;
use crate::config::credentials;
use crate::error::Error;
use crate::output::table::{Column, Table};
use crate::output::{Line, Outcome, prompt};

/// A stored profile.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Profile", deny_unknown_fields))]
pub(crate) struct StoredProfile {
    /// Its name.
    name: String,
    /// Whether it is used when none is named.
    active: bool,
    /// The owner's name.
    user: Option<String>,
    /// What kind of credential it is; null if it was stored by a version that did not ask.
    #[serde(rename = "type")]
    kind: Option<CredentialType>,
    /// The control plane it was checked against.
    api_url: String,
}

/// The profile that is used when none is named.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ProfileSwitched {
    /// Its name.
    active: String,
}

const NONE: &str = "No profiles are stored";

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
            kind: profile.kind.clone(),
            api_url: profile.api_url.clone(),
        })
        .collect();
    let shown = if profiles.is_empty() { Line::Text(NONE.to_owned()) } else { Line::Table(table(&profiles)) };
    Ok(Outcome::read(profiles).line(shown).quiet(stored.profiles.keys().cloned().collect()))
}

const HEADER: [Column; 4] =
    [Column::name("Profile", 0), Column::text("Identity", 1), Column::whole("Type", 2), Column::whole("Active", 0)];

/// The columns of the vendor's docs, and the API where it is not the same for all.
fn table(profiles: &[StoredProfile]) -> Table {
    let differ = profiles.iter().any(|profile| shown_url(&profile.api_url) != shown_url(&profiles[0].api_url));
    let mut table = Table { header: HEADER.to_vec(), rows: Vec::new() };
    if differ {
        table.header.push(Column::whole("API", 3));
    }
    for profile in profiles {
        let kind = profile.kind.as_ref().map(type_in_short).unwrap_or_default();
        let active = if profile.active { "✓" } else { "" };
        let identity = profile.user.clone().unwrap_or_default();
        let mut row = vec![profile.name.clone(), identity, kind.to_owned(), active.to_owned()];
        if differ {
            row.push(shown_url(&profile.api_url));
        }
        table.rows.push(row);
    }
    table
}

/// `jelou auth switch`: without a name, a person picks one.
pub(crate) fn switch(cx: &Context, args: &Switch) -> Result<Outcome, Error> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => picked(cx)?,
    };
    must_be_stored(cx, &name)?;
    credentials::update(&folder(cx)?, |stored| {
        // Another process may have removed it meanwhile.
        if !stored.profiles.contains_key(&name) {
            return Err(unknown_profile(&name, stored));
        }
        stored.active = Some(name.clone());
        Ok(())
    })?;
    warn_if_environment_beats(cx, &name);
    let done = Line::Done(format!("Profile {name} is active"));
    Ok(Outcome::changed_by(ProfileSwitched { active: name.clone() }, vec![name]).line(done))
}

/// The profile that a person picks.
///
/// # Errors
/// `INPUT_ERROR` if there is none, or nobody to pick it; it names those that there are.
fn picked(cx: &Context) -> Result<String, Error> {
    let stored = cx.credentials()?;
    let names: Vec<&String> = stored.profiles.keys().collect();
    if names.is_empty() {
        return Err(Error::input(NONE).with_hint("`jelou login` stores one"));
    }
    let is_active = |name: &str| stored.active.as_deref() == Some(name);
    if !cx.interactivity.can_prompt {
        let mark = |name: &&String| format!("{name}{}", if is_active(name) { " (the active one)" } else { "" });
        let list: Vec<String> = names.iter().map(mark).collect();
        return Err(Error::input(format!("No profile is named; there are {}", list.join(", ")))
            .with_hint("`jelou auth switch NAME` makes one the active one"));
    }
    let rows = stored.profiles.iter().map(|(name, profile)| {
        let user = profile.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
        vec![name.clone(), user, if is_active(name) { "(active)" } else { "" }.to_owned()]
    });
    let header = vec![Column::name("", 0), Column::text("", 1), Column::whole("", 0)];
    let lines = Table { header, rows: rows.collect() }.choices(cx.output.room_of_prompts());
    let first = names.iter().position(|name| is_active(name)).unwrap_or(0);
    let index = prompt::pick_beginning_at(first, "Which profile", &lines)?;
    Ok(names[index].clone())
}

/// `jelou auth remove`
pub(crate) fn remove(cx: &Context, args: &Named) -> Result<Outcome, Error> {
    cx.interactivity.needs_confirmation(FORGETTING)?;
    let stored = cx.credentials()?;
    if !stored.profiles.contains_key(&args.name) {
        return Err(unknown_profile(&args.name, &stored));
    }
    forget(cx, &stored, std::slice::from_ref(&args.name), true)
}

/// Looks without taking the writers' lock, which would create files.
fn must_be_stored(cx: &Context, name: &str) -> Result<(), Error> {
    let stored = cx.credentials()?;
    if stored.profiles.contains_key(name) {
        return Ok(());
    }
    Err(unknown_profile(name, &stored))
}
