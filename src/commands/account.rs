//! `jelou login`, `logout`, `whoami`, `auth …`

pub(crate) mod auth;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod whoami;

use std::path::PathBuf;

use super::Context;
use crate::api::wire::CredentialType;
use crate::config::credentials::Credentials;
use crate::config::env::{JELOU_PROFILE, JELOU_TOKEN};
use crate::config::settings::CredentialSource;
use crate::error::Error;
use crate::typed_word;
use crate::warning::Warning;

/// What a credential is called where there is room.
fn type_in_words(kind: &CredentialType) -> &str {
    match kind {
        CredentialType::PersonalAccessToken => "Personal Access Token",
        CredentialType::ApiKey => "API Key",
        CredentialType::Other(text) => text,
    }
}

/// What it is called in a table.
fn type_in_short(kind: &CredentialType) -> &str {
    match kind {
        CredentialType::PersonalAccessToken => "PAT",
        other => type_in_words(other),
    }
}

/// A URL as people write it.
fn shown_url(url: &str) -> String {
    url.strip_suffix('/').unwrap_or(url).to_owned()
}

/// The profile that is used when none is named.
const DEFAULT_PROFILE: &str = "default";

fn folder(cx: &Context) -> Result<PathBuf, Error> {
    cx.config_folder().ok_or_else(|| {
        Error::input("There is no folder for settings: `HOME` is not set").with_hint("name one with `JELOU_CONFIG_DIR`")
    })
}

/// The profile that `--profile` or `JELOU_PROFILE` names, whether or not `JELOU_TOKEN` beats it.
fn named(cx: &Context) -> Option<&str> {
    match &cx.settings.credential {
        CredentialSource::Profile(name) => Some(name),
        CredentialSource::Environment(_) | CredentialSource::ActiveProfile => cx.env.text(JELOU_PROFILE),
    }
}

/// Says what the environment goes on choosing instead of a profile that was made active.
fn warn_if_environment_beats(cx: &Context, profile: &str) {
    let unset = format!("unset it, or use `--profile {profile}`");
    if cx.env.text(JELOU_TOKEN).is_some() {
        let message = format!("`{JELOU_TOKEN}` is set and wins over this profile; {unset}");
        cx.warn(Warning::new("JELOU_TOKEN_WINS", message));
    } else if let Some(other) = cx.env.text(JELOU_PROFILE).filter(|other| *other != profile) {
        let message = format!("`{JELOU_PROFILE}` is set and chooses `{other}` instead of this profile; {unset}");
        cx.warn(Warning::new("JELOU_PROFILE_WINS", message));
    }
}

/// Says what the environment goes on choosing after profiles were forgotten.
fn warn_if_environment_stays(cx: &Context) {
    if cx.env.text(JELOU_TOKEN).is_some() {
        let message = format!("`{JELOU_TOKEN}` is set and is still used; unset it to be logged out");
        cx.warn(Warning::new("JELOU_TOKEN_WINS", message));
    } else if let Some(name) = cx.env.text(JELOU_PROFILE) {
        let message =
            format!("`{JELOU_PROFILE}` is set and still chooses the profile `{name}`; unset it, or change it");
        cx.warn(Warning::new("JELOU_PROFILE_WINS", message));
    }
}

fn unknown_profile(name: &str, stored: &Credentials) -> Error {
    let similar = typed_word::similar("profile", name, stored.profiles.keys().map(String::as_str));
    let unknown = Error::input(format!("There is no profile `{name}`"));
    similar.into_iter().fold(unknown, Error::with_hint).with_hint("`jelou auth list` shows the profiles")
}
