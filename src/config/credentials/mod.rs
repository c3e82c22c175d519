//! Stored credentials: `credentials.json` in the config folder, one management token a profile.
//!
//! - Without the file or its folder there are no credentials, and that is not an error: a pipeline
//!   sets `JELOU_TOKEN` and may have no home folder.
//! - A symbolic link and a file of another user are refused. A mode that lets others read the file
//!   is a warning, and the next write sets 0600.
//! - A file that does not parse is an error that names it. It is never overwritten: it may hold the
//!   only copy of a token.
//! - [`update`] holds a lock from reading to renaming, so that two logins at once both keep their
//!   profile. It waits for the lock only for some seconds.

mod document;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::api::wire::CredentialType;
use crate::error::Error;
use crate::files::{self, Lock};
use crate::secret::ManagementToken;
use crate::warning::Warning;

/// In the config folder.
pub(crate) const FILE_NAME: &str = "credentials.json";
/// The file beside it that writers lock.
const LOCK_NAME: &str = "credentials.lock";
/// How long [`update`] waits for another writer, who needs milliseconds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// A profile takes less than 5 KiB, so this is room for 800. A wrong file must not fill the memory.
const MAX_FILE: u64 = 4 << 20;

/// Everything that is stored.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The profile that is used where neither a flag nor the environment names one.
    pub active: Option<String>,
    pub profiles: BTreeMap<String, Profile>,
    /// Fields of a newer version, kept as they are.
    other: Map<String, Value>,
}

impl Credentials {
    /// Forgets a profile; false if there was none.
    pub(crate) fn forget(&mut self, name: &str) -> bool {
        if self.active.as_deref() == Some(name) {
            self.active = None;
        }
        self.profiles.remove(name).is_some()
    }
}

/// A stored management token and where it may go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile<T = ManagementToken> {
    pub token: T,
    /// The API that the token was checked against. It is sent to this origin and to no other.
    pub api_url: String,
    /// The gateway that belongs to that API, where it is not the default one.
    pub gateway_url: Option<String>,
    /// Whose token it is, as the API said at login.
    pub user: Option<User>,
    /// What kind of credential it is, as the API said at login; earlier versions did not store it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CredentialType>,
    pub created_at: Timestamp,
    /// Fields of a newer version, kept as they are.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The owner of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: String,
    pub name: String,
}

impl Profile {
    /// A profile for a token that `api_url` has accepted.
    pub fn new(token: ManagementToken, api_url: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            token,
            api_url: api_url.into(),
            gateway_url: None,
            user: None,
            kind: None,
            created_at,
            other: Map::new(),
        }
    }
}

impl<T> Profile<T> {
    fn with_token<U>(self, token: U) -> Profile<U> {
        let Self { token: _, api_url, gateway_url, user, kind, created_at, other } = self;
        Profile { token, api_url, gateway_url, user, kind, created_at, other }
    }
}

/// Whether a text may be a profile's name: 1 to 64 of `[A-Za-z0-9._-]`.
pub fn is_profile_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Reads the credentials in a config folder; none if there is no file. A warning says that other
/// users can open it. Errors repeat no part of the file's content.
pub fn load(folder: &Path) -> Result<(Credentials, Option<Warning>), Error> {
    let path = folder.join(FILE_NAME);
    let opened = files::open_own(&path, OpenOptions::new().read(true)).map_err(|cause| {
        Error::input("The stored credentials are not used")
            .caused_by(cause)
            .with_hint("`JELOU_CONFIG_DIR` names another folder; `JELOU_TOKEN` needs none")
    })?;
    let Some((file, metadata)) = opened else {
        return Ok(Default::default());
    };
    let warning = files::is_open_to_others(&metadata).then(|| {
        let mode = metadata.mode() & 0o777;
        let problem = format!("`{}` can be opened by other users (mode {mode:04o})", path.display());
        Warning::new("LOOSE_CREDENTIALS_MODE", format!("{problem}; `chmod 600 {}` closes it", path.display()))
    });
    // Room for all of it, so that no copy stays behind in memory when the buffer grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len().min(MAX_FILE)).unwrap_or(0) + 1));
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::input(format!("`{}` cannot be read", path.display())).caused_by(cause))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(document::corrupt(&path, "it is too large"));
    }
    Ok((document::parse(&path, &bytes)?, warning))
}

/// Reads the credentials, lets `change` change them, and writes them back, while no other process
/// does the same. If `change` fails, nothing is written.
pub fn update<T>(folder: &Path, change: impl FnOnce(&mut Credentials) -> Result<T, Error>) -> Result<T, Error> {
    update_within(folder, LOCK_TIMEOUT, change)
}

fn update_within<T>(
    folder: &Path,
    timeout: Duration,
    change: impl FnOnce(&mut Credentials) -> Result<T, Error>,
) -> Result<T, Error> {
    files::make_folder(folder).map_err(|cause| {
        Error::input(format!("The config folder `{}` cannot be created", folder.display()))
            .caused_by(cause)
            .with_hint("`JELOU_CONFIG_DIR` names another one; `JELOU_TOKEN` needs none")
    })?;
    let _lock = lock(folder, timeout)?;
    let (mut credentials, _) = load(folder)?;
    let outcome = change(&mut credentials)?;
    if let Some(name) = credentials.profiles.keys().find(|name| !is_profile_name(name)) {
        return Err(Error::input(format!("`{name}` is not a profile name: 1 to 64 of `[A-Za-z0-9._-]` are expected")));
    }
    let path = folder.join(FILE_NAME);
    let content = document::render(&credentials)?;
    files::replace_private(&path, &content)
        .map_err(|cause| Error::input(format!("`{}` cannot be written", path.display())).caused_by(cause))?;
    Ok(outcome)
}

/// Takes the writers' lock, which ends when the file returned is dropped.
fn lock(folder: &Path, timeout: Duration) -> Result<File, Error> {
    let path = folder.join(LOCK_NAME);
    let unusable = || Error::input(format!("`{}` cannot be locked", path.display()));
    let file = files::open_lock(&path).map_err(|cause| unusable().caused_by(cause))?;
    match files::lock_within(&file, timeout) {
        Lock::Held => Ok(file),
        Lock::Busy => Err(Error::input(format!("Another process keeps `{}` locked", path.display()))
            .with_hint("try again when the other `jelou` has ended")),
        Lock::Unsupported(cause) => Err(unusable().caused_by(cause)),
    }
}
