//! The format of `credentials.json`, and the one place where a stored token is written out.
//!
//! A [`ManagementToken`] cannot be serialised: [`render`] borrows the texts while it writes.
//! Messages name the line of a mistake and do not quote it: it may hold the token.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Credentials, Profile, is_profile_name};
use crate::error::Error;
use crate::files;
use crate::secret::{ManagementToken, Secret};
use crate::strict_json;

/// The version that is written, and the newest that can be read.
const VERSION: u32 = 1;

/// The file. `T` is a [`Secret`] where it is read, and a borrowed text where it is written.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Document<T> {
    version: u32,
    active: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile<T>>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Reads the content of the file at `path`.
#[allow(clippy::disallowed_methods, reason = "the text is parsed as a token")]
pub(super) fn parse(path: &Path, content: &[u8]) -> Result<Credentials, Error> {
    let content = files::utf_8(content).map_err(|error| corrupt(path, &error.to_string()))?;
    let Document::<Secret> { version, active, profiles, other } = strict_json::from_slice(content.as_bytes())
        .map_err(|error| corrupt(path, &format!("line {}, column {}", error.line(), error.column())))?;
    if version > VERSION {
        return Err(Error::input(format!("`{}` was written by a newer `jelou`", path.display()))
            .with_hint("update `jelou`, or use another folder with `JELOU_CONFIG_DIR`"));
    }
    let parsed = profiles.into_iter().map(|(name, profile)| {
        if !is_profile_name(&name) {
            return Err(corrupt(path, "a profile's name is not 1 to 64 of `[A-Za-z0-9._-]`"));
        }
        let token = ManagementToken::given(profile.token.expose(), &format!("profile `{name}`"))
            .map_err(|cause| corrupt(path, &cause.message()))?;
        Ok((name, profile.with_token(token)))
    });
    Ok(Credentials { active, profiles: parsed.collect::<Result<_, Error>>()?, other })
}

/// Writes the content of the file.
#[allow(clippy::disallowed_methods, reason = "the credentials file is written")]
pub(super) fn render(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, Error> {
    let profiles = credentials.profiles.iter();
    let document = Document {
        version: VERSION,
        active: credentials.active.clone(),
        profiles: profiles
            .map(|(name, profile)| (name.clone(), profile.clone().with_token(profile.token.secret().expose())))
            .collect(),
        other: credentials.other.clone(),
    };
    let mut content = Zeroizing::new(Vec::new());
    serde_json::to_writer_pretty(&mut *content, &document)
        .map_err(|cause| Error::unknown("The credentials could not be written as JSON", cause))?;
    content.push(b'\n');
    Ok(content)
}

/// The error for a file that does not parse; `reason` does not quote it.
pub(super) fn corrupt(path: &Path, reason: &str) -> Error {
    Error::input(format!("`{}` is not a credentials file: {reason}", path.display()))
        .with_hint("it is never overwritten; repair it, or move it away and run `jelou login` again")
}
