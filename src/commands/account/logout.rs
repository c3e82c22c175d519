//! `jelou logout`: forgets, and says that it does not revoke.

use schemars::JsonSchema;
use serde::Serialize;

use super::{folder, named, unknown_profile, warn_if_environment_stays};
use crate::cli::account::Logout;
use crate::commands::Context;
use crate::config::credentials::{self, Credentials};
use crate::config::settings::CredentialSource;
use crate::error::Error;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

/// Profiles that are forgotten.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ProfilesRemoved {
    /// Their names.
    removed: Vec<String>,
    /// The names of those that are still stored.
    left: Vec<String>,
}

/// The profiles that are still stored.
pub(super) struct Left {
    names: Vec<String>,
    active: Option<String>,
}

impl Left {
    pub(super) fn of(stored: &Credentials) -> Self {
        Self { names: stored.profiles.keys().cloned().collect(), active: stored.active.clone() }
    }

    /// What was removed and what is left; `done` says the former to people.
    pub(super) fn outcome(self, removed: Vec<String>, done: Line) -> Outcome {
        let names = self.names.join(", ");
        let left = match &self.active {
            _ if self.names.is_empty() => None,
            Some(active) => Some(format!("Still stored: {names} ({active} is active)")),
            None => Some(format!("Still stored: {names} (none is active; `jelou auth switch NAME` chooses one)")),
        };
        let outcome =
            Outcome::changed_by(ProfilesRemoved { removed: removed.clone(), left: self.names }, removed.clone());
        left.into_iter().map(Line::Text).fold(outcome.line(done), Outcome::line).quiet(removed)
    }
}

/// Removes all profiles, or the one that is used: the one named, else the active one.
pub(crate) fn run(cx: &Context, args: &Logout) -> Result<Outcome, Error> {
    if args.all {
        cx.interactivity.needs_confirmation("Logging out everywhere")?;
    }
    // Looked at without the writers' lock: where nothing is to be forgotten, nothing is written.
    let stored = cx.credentials()?;
    let chosen = chosen(cx, args, &stored)?;
    if chosen.is_empty() {
        warn_if_environment_stays(cx);
        return Ok(Left::of(&stored).outcome(chosen, Line::Done("Nobody was logged in".to_owned())));
    }
    if args.all {
        cx.confirm("Logging out everywhere", &format!("Forget every stored profile ({})?", chosen.join(", ")))?;
    }
    let (removed, left) = credentials::update(&folder(cx)?, |stored| {
        let removed: Vec<String> = chosen.into_iter().filter(|name| stored.forget(name)).collect();
        Ok((removed, Left::of(stored)))
    })?;
    cx.warn(not_revoked());
    warn_if_environment_stays(cx);
    let done = Line::Done(format!("Logged out of {}", removed.join(", ")));
    Ok(left.outcome(removed, done))
}

/// The profiles to forget.
///
/// # Errors
/// `INPUT_ERROR` if the one named does not exist, though others do or a flag names it.
fn chosen(cx: &Context, args: &Logout, stored: &Credentials) -> Result<Vec<String>, Error> {
    if args.all {
        return Ok(stored.profiles.keys().cloned().collect());
    }
    let by_flag = matches!(cx.settings.credential, CredentialSource::Profile(_));
    let Some(name) = named(cx).or(stored.active.as_deref()) else { return Ok(Vec::new()) };
    if stored.profiles.contains_key(name) {
        return Ok(vec![name.to_owned()]);
    }
    if by_flag || !stored.profiles.is_empty() {
        return Err(unknown_profile(name, stored));
    }
    Ok(Vec::new())
}

pub(super) fn not_revoked() -> Warning {
    Warning::new(
        "NOT_REVOKED",
        "The management token was forgotten here, not revoked; revoke it in the Jelou console if it may have leaked",
    )
}
