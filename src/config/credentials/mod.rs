//! Stored credentials: `credentials.json` in the config folder, one management token a profile.
//!
//! The rules, in the order in which they bite:
//! - No file, or no folder, is no credentials and no error: a pipeline brings `JELOU_TOKEN` and may have no home at all.
//! - The file is judged by the descriptor that is read: a symbolic link or a file of somebody else is refused; a mode
//!   that lets others read it is a warning, and the next write tightens it.
//! - A file that does not parse is an error that names it. It is never overwritten, for it may hold the only copy of a
//!   token.
//! - [`update`] holds a lock from reading to renaming, so that two logins at once lose neither profile, and gives up
//!   waiting for it after a while, so that it never hangs.

mod document;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::private_file;
use crate::error::Error;
use crate::secret::ManagementToken;
use crate::warning::Warning;

/// The name of the file in the config folder.
pub const FILE_NAME: &str = "credentials.json";
/// The name of the file beside it whose lock serialises writers. It is never removed: a lock on a removed file protects
/// nothing.
pub const LOCK_NAME: &str = "credentials.lock";
/// The longest profile name.
pub const MAX_PROFILE_NAME: usize = 64;

/// How long [`update`] waits for another writer, who needs milliseconds.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_POLL: Duration = Duration::from_millis(10);
/// More than any real file has; keeps a wrong file from filling the memory.
const MAX_FILE: u64 = 4 << 20;

/// Everything that is stored.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The profile that counts where neither a flag nor the environment names one.
    pub active: Option<String>,
    /// Profile by name.
    pub profiles: BTreeMap<String, Profile>,
    /// Fields of a newer version, kept as they are.
    other: Map<String, Value>,
}

/// A stored management token and where it may go.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The token.
    pub token: ManagementToken,
    /// The API that the token was checked against. It is sent to this origin and to no other.
    pub api_url: String,
    /// The gateway that belongs to that API, where it is not the default one.
    pub gateway_url: Option<String>,
    /// Whose token it is, as the API said at login.
    pub user: Option<User>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// Fields of a newer version, kept as they are.
    other: Map<String, Value>,
}

/// The owner of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The platform's id.
    pub id: String,
    /// The name to show.
    pub name: String,
}

impl Profile {
    /// A profile for a token that `api_url` has accepted.
    pub fn new(token: ManagementToken, api_url: impl Into<String>, created_at: Timestamp) -> Self {
        Self { token, api_url: api_url.into(), gateway_url: None, user: None, created_at, other: Map::new() }
    }
}

/// What [`load`] found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The credentials; empty if there is no file.
    pub credentials: Credentials,
    /// What the user should know about the file.
    pub warnings: Vec<Warning>,
}

/// Whether a text may be a profile's name: 1 to 64 of `[A-Za-z0-9._-]`.
pub fn is_profile_name(text: &str) -> bool {
    (1..=MAX_PROFILE_NAME).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Reads the credentials in the config folder `folder`.
///
/// # Errors
/// `INPUT_ERROR` if the file is a symbolic link, belongs to somebody else, cannot be read, or does not parse. No part of
/// its content is repeated.
pub fn load(folder: &Path) -> Result<Loaded, Error> {
    let path = folder.join(FILE_NAME);
    let opened = private_file::open_existing(&path, OpenOptions::new().read(true))
        .map_err(|cause| Error::input("The stored credentials are not used").caused_by(cause))?;
    let Some((file, metadata)) = opened else {
        return Ok(Loaded::default());
    };
    check_owner(&path, metadata.uid(), rustix::process::geteuid().as_raw())?;
    let mut warnings = Vec::new();
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        warnings.push(Warning::new(
            "LOOSE_CREDENTIALS_MODE",
            format!("`{0}` can be opened by other users (mode {mode:04o}); `chmod 600 {0}` closes it", path.display()),
        ));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len().min(MAX_FILE)).unwrap_or(0) + 1));
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::input(format!("`{}` cannot be read", path.display())).caused_by(cause))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(document::corrupt(&path, "it is too large"));
    }
    Ok(Loaded { credentials: document::parse(&path, &bytes)?, warnings })
}

/// Reads the credentials, lets `change` change them, and writes them back, while no other process does the same. If
/// `change` fails, nothing is written.
///
/// # Errors
/// What [`load`] and `change` return; `INPUT_ERROR` if the folder or the file cannot be written, or if another process
/// keeps the lock for 5 seconds.
pub fn update<T>(folder: &Path, change: impl FnOnce(&mut Credentials) -> Result<T, Error>) -> Result<T, Error> {
    update_within(folder, LOCK_PATIENCE, change)
}

fn update_within<T>(
    folder: &Path,
    patience: Duration,
    change: impl FnOnce(&mut Credentials) -> Result<T, Error>,
) -> Result<T, Error> {
    private_file::make_folder(folder).map_err(|cause| {
        Error::input(format!("The config folder `{}` cannot be created", folder.display()))
            .caused_by(cause)
            .with_hint("`JELOU_CONFIG_DIR` names another one; `JELOU_TOKEN` needs none")
    })?;
    let _lock = lock(folder, patience)?;
    let mut credentials = load(folder)?.credentials;
    let outcome = change(&mut credentials)?;
    if let Some(name) = credentials.profiles.keys().find(|name| !is_profile_name(name)) {
        return Err(Error::input(format!("`{name}` is not a profile name: 1 to 64 of `[A-Za-z0-9._-]` are expected")));
    }
    let path = folder.join(FILE_NAME);
    let content = document::render(&credentials)?;
    private_file::replace(&path, &content)
        .map_err(|cause| Error::input(format!("`{}` cannot be written", path.display())).caused_by(cause))?;
    Ok(outcome)
}

/// Takes the writers' lock, which ends when the file returned is dropped.
fn lock(folder: &Path, patience: Duration) -> Result<File, Error> {
    let path = folder.join(LOCK_NAME);
    let unusable = |cause| Error::input(format!("`{}` cannot be locked", path.display())).caused_by(cause);
    let file = private_file::open_lock(&path).map_err(unusable)?;
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(Error::input(format!("Another process keeps `{}` locked", path.display()))
                    .with_hint("try again when the other `jelou` has ended"));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_POLL),
        }
    }
}

/// A file of somebody else may be theirs to read, or planted to send our requests elsewhere.
fn check_owner(path: &Path, owner: u32, own: u32) -> Result<(), Error> {
    if owner == own {
        return Ok(());
    }
    Err(Error::input(format!("`{}` belongs to user {owner}, not to you (user {own}), and is not used", path.display()))
        .with_hint("`JELOU_CONFIG_DIR` names another folder; `JELOU_TOKEN` needs none"))
}
