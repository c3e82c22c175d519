//! The format of `credentials.json`, and the one place where a stored token is written out.
//!
//! No type that holds a secret derives `Serialize`: [`render`] borrows the texts while it writes.
//! Messages name the line of a mistake and do not quote it: it may hold the token.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Credentials, Profile, User, is_profile_name};
use crate::error::Error;
use crate::secret::{ManagementToken, Secret};
use crate::strict_json;

/// The version that is written, and the newest that can be read.
const VERSION: u32 = 1;

#[derive(Deserialize)]
struct Read {
    version: u32,
    #[serde(default)]
    active: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, ReadProfile>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Deserialize)]
struct ReadProfile {
    token: Secret,
    api_url: String,
    #[serde(default)]
    gateway_url: Option<String>,
    #[serde(default)]
    user: Option<User>,
    created_at: Timestamp,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    active: Option<&'a str>,
    profiles: BTreeMap<&'a str, WrittenProfile<'a>>,
    #[serde(flatten)]
    other: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct WrittenProfile<'a> {
    token: &'a str,
    api_url: &'a str,
    gateway_url: Option<&'a str>,
    user: Option<&'a User>,
    created_at: Timestamp,
    #[serde(flatten)]
    other: &'a Map<String, Value>,
}

/// Reads the content of the file at `path`.
#[allow(clippy::disallowed_methods, reason = "the text is parsed as a token")]
pub(super) fn parse(path: &Path, content: &[u8]) -> Result<Credentials, Error> {
    let read: Read = strict_json::from_slice(content)
        .map_err(|error| corrupt(path, &format!("line {}, column {}", error.line(), error.column())))?;
    if read.version > VERSION {
        return Err(Error::input(format!("`{}` was written by a newer `jelou`", path.display()))
            .with_hint("update `jelou`, or use another folder with `JELOU_CONFIG_DIR`"));
    }
    let mut profiles = BTreeMap::new();
    for (name, profile) in read.profiles {
        if !is_profile_name(&name) {
            return Err(corrupt(path, "a profile's name is not 1 to 64 of `[A-Za-z0-9._-]`"));
        }
        let token = ManagementToken::given(profile.token.expose(), &format!("profile `{name}`"))
            .map_err(|cause| corrupt(path, &cause.message()))?;
        let ReadProfile { token: _, api_url, gateway_url, user, created_at, other } = profile;
        profiles.insert(name, Profile { token, api_url, gateway_url, user, created_at, other });
    }
    Ok(Credentials { active: read.active, profiles, other: read.other })
}

/// Writes the content of the file.
pub(super) fn render(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, Error> {
    let written = Written {
        version: VERSION,
        active: credentials.active.as_deref(),
        profiles: credentials.profiles.iter().map(|(name, profile)| (name.as_str(), written(profile))).collect(),
        other: &credentials.other,
    };
    let mut content = Zeroizing::new(Vec::new());
    serde_json::to_writer_pretty(&mut *content, &written)
        .map_err(|cause| Error::unknown("The credentials could not be written as JSON", cause))?;
    content.push(b'\n');
    Ok(content)
}

#[allow(clippy::disallowed_methods, reason = "the credentials file is written")]
fn written(profile: &Profile) -> WrittenProfile<'_> {
    WrittenProfile {
        token: profile.token.secret().expose(),
        api_url: &profile.api_url,
        gateway_url: profile.gateway_url.as_deref(),
        user: profile.user.as_ref(),
        created_at: profile.created_at,
        other: &profile.other,
    }
}

/// The error for a file that does not parse; `reason` does not quote it.
pub(super) fn corrupt(path: &Path, reason: &str) -> Error {
    Error::input(format!("`{}` is not a credentials file: {reason}", path.display()))
        .with_hint("it is never overwritten; repair it, or move it away and run `jelou login` again")
}
