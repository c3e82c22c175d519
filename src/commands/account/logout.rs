//! `jelou logout`: forgets, and says that it does not revoke.

use serde::Serialize;

use super::{folder, named, shown_url, unknown_profile, warn_if_environment_stays};
use crate::cli::account::Logout;
use crate::commands::Context;
use crate::commands::named::{self as question, Thing};
use crate::config::credentials::{self, Credentials, Profile};
use crate::config::settings::CredentialSource;
use crate::error::Error;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

/// What names the action where nobody can be asked.
pub(super) const FORGETTING: &str = "Forgetting a profile";

/// Profiles that are forgotten.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ProfilesRemoved {
    /// Their names.
    removed: Vec<String>,
    /// The names of those that are still stored.
    left: Vec<String>,
}

/// The profiles that are still stored.
struct Left {
    names: Vec<String>,
    active: Option<String>,
}

impl Left {
    fn of(stored: &Credentials) -> Self {
        Self { names: stored.profiles.keys().cloned().collect(), active: stored.active.clone() }
    }

    /// What was removed and what is left.
    fn outcome(self, removed: &[Thing], done: Vec<Line>) -> Outcome {
        let removed: Vec<String> = removed.iter().map(|thing| thing.name.clone()).collect();
        let names = self.names.join(", ");
        let left = match &self.active {
            _ if self.names.is_empty() => None,
            Some(active) => Some(format!("Still stored: {names} ({active} is active)")),
            None => Some(format!("Still stored: {names} (none is active; `jelou auth switch NAME` chooses one)")),
        };
        let outcome =
            Outcome::changed_by(ProfilesRemoved { removed: removed.clone(), left: self.names }, removed.clone());
        done.into_iter().chain(left.map(Line::Text)).fold(outcome, Outcome::line).quiet(removed)
    }
}

/// Removes all profiles, or the one that is used: the one named, else the active one.
pub(crate) fn run(cx: &Context, args: &Logout) -> Result<Outcome, Error> {
    if args.all {
        cx.interactivity.needs_confirmation(FORGETTING)?;
    }
    // Looked at without the writers' lock: where nothing is to be forgotten, nothing is written.
    let stored = cx.credentials()?;
    let chosen = chosen(cx, args, &stored)?;
    if chosen.is_empty() {
        warn_if_environment_stays(cx);
        return Ok(Left::of(&stored).outcome(&[], vec![Line::Done("Nobody was logged in".to_owned())]));
    }
    forget(cx, &stored, &chosen, args.all)
}

/// Forgets profiles, which are stored, and says that this revokes nothing. Nothing is asked unless
/// `asks`.
pub(super) fn forget(cx: &Context, stored: &Credentials, names: &[String], asks: bool) -> Result<Outcome, Error> {
    let mut things: Vec<Thing> = names.iter().map(|name| thing(name, stored.profiles.get(name))).collect();
    if asks && cx.interactivity.needs_confirmation(FORGETTING)? {
        let what = match things.as_slice() {
            [profile] => {
                question::show(cx, &things);
                format!("profile {}", profile.name)
            }
            several => question::several(cx, "profiles", several),
        };
        cx.confirm(FORGETTING, &format!("Forget {what}?"))?;
    }
    let left = credentials::update(&folder(cx)?, |stored| {
        // Another process may have removed one meanwhile.
        things.retain(|thing| stored.forget(&thing.name));
        match names {
            [name] if things.is_empty() => Err(unknown_profile(name, stored)),
            _ => Ok(Left::of(stored)),
        }
    })?;
    cx.warn(not_revoked());
    warn_if_environment_stays(cx);
    let mut done: Vec<Line> =
        things.iter().map(|Thing { name, about }| Line::Done(format!("Profile forgotten: {name} ({about})"))).collect();
    if things.len() > 1 {
        done.push(Line::Done(format!("{} profiles forgotten", things.len())));
    }
    Ok(left.outcome(&things, done))
}

/// `alex@jelou.ai at https://app.jelou.ai`
fn thing(name: &str, profile: Option<&Profile>) -> Thing {
    let about = profile.map(|profile| {
        let user = profile.user.as_ref().map(|user| user.name.as_str());
        format!("{} at {}", user.unwrap_or("a user whose name is not known"), shown_url(&profile.api_url))
    });
    Thing { name: name.to_owned(), about: about.unwrap_or_default() }
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

fn not_revoked() -> Warning {
    Warning::new(
        "NOT_REVOKED",
        "The management token was forgotten here, not revoked; revoke it in the Jelou console if it may have leaked",
    )
}
