//! The recovery log: the request that a run is about to send for a new token, so that
//! `jelou tokens recover` can finish or undo what a killed run began.
//!
//! Each entry is a file of mode 0600, `intents/UUID.json` in the state folder, which holds the
//! request and its key and never a token's value. It is written before a create or a rotate and
//! removed after the delivery. It is best effort: it is not synced to the disk, and where the
//! folder cannot be written or its files cannot be locked, there is no log.
//!
//! The run that wrote an entry keeps its file locked, and the system ends the lock however that run
//! ends. `list` leaves out entries that are locked, so that a recovery never touches the token of a
//! run that is still alive, and locks those it returns, so that two recoveries never work on one
//! entry. `count` locks an entry only for a moment.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::IdempotencyKey;
use crate::api::wire::{CreateToken, Id, RotateToken, Slug};
use crate::files::{self, FileId, Lock};
use crate::strict_json;
use crate::warning::Warning;

/// In the state folder.
const FOLDER_NAME: &str = "intents";
/// An entry takes less than 2 KiB. A wrong file must not fill the memory.
const MAX_FILE: u64 = 64 << 10;
/// [`count`] locks an entry for less than a millisecond; a run that is alive does for longer.
const LOCK_TIMEOUT: Duration = Duration::from_millis(20);

/// A token that is about to be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryEntry {
    /// Names the file and is not repeated in it.
    #[serde(skip)]
    pub id: Uuid,
    pub function: Slug,
    /// The name of the token.
    pub name: String,
    /// The key of the request: with it the platform gives the same answer again.
    #[serde(flatten)]
    pub key: IdempotencyKey,
    /// With the key, only the same body can be sent again.
    #[serde(flatten)]
    pub request: Request,
    /// The API that was asked: scheme, host and port.
    pub api_origin: String,
    /// The profile that was used; nothing if the credential came from elsewhere.
    #[serde(default)]
    pub profile: Option<String>,
    pub started_at: Timestamp,
}

/// A request that issues a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", content = "request", rename_all = "lowercase")]
pub enum Request {
    Create(CreateToken),
    Rotate {
        /// The id of the token that the new one replaces.
        replaces: Id,
        body: RotateToken,
    },
}

/// An entry on disk, locked while this lives. If it is dropped without [`EntryHandle::remove`], the
/// entry stays for `jelou tokens recover`.
#[derive(Debug)]
pub struct EntryHandle {
    path: PathBuf,
    /// Held for its lock.
    _locked: File,
}

impl EntryHandle {
    /// Removes the entry: nothing is left to recover.
    pub fn remove(self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// What `list` found.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Those of runs that have ended, oldest first.
    pub(crate) entries: Vec<(RecoveryEntry, EntryHandle)>,
    /// One for each file that cannot be used.
    pub(crate) warnings: Vec<Warning>,
}

/// Writes an entry; nothing comes back where that is not possible.
pub fn write(state_folder: &Path, entry: &RecoveryEntry) -> Option<EntryHandle> {
    try_write(&state_folder.join(FOLDER_NAME), entry, files::try_lock).ok()
}

fn try_write(log: &Path, entry: &RecoveryEntry, lock: impl FnOnce(&File) -> Lock) -> anyhow::Result<EntryHandle> {
    files::make_folder(log)?;
    let staged = files::stage_unsynced(log, &serde_json::to_vec_pretty(entry)?)?;
    // Locked before it has its name, so that no list finds it unlocked.
    let Lock::Held = lock(staged.as_file()) else { bail!("the entry cannot be locked") };
    let path = log.join(format!("{}.json", entry.id));
    let locked = staged.persist_noclobber(&path).map_err(|failed| failed.error)?;
    Ok(EntryHandle { path, _locked: locked })
}

/// Reads and locks the entries of runs that have ended.
pub(crate) fn list(state_folder: &Path) -> Listed {
    let mut listed = Listed::default();
    let log = state_folder.join(FOLDER_NAME);
    let files = entry_files(&log).unwrap_or_else(|error| {
        listed.warnings.push(unreadable(&log, &error.into()));
        Vec::new()
    });
    for (path, id) in files {
        match open(&path, id, |file| files::lock_within(file, LOCK_TIMEOUT)) {
            Ok(Some(found)) => listed.entries.push(found),
            Ok(None) => {}
            Err(cause) => listed.warnings.push(unreadable(&path, &cause)),
        }
    }
    listed.entries.sort_by_key(|(entry, _)| (entry.started_at, entry.id));
    listed.warnings.sort_by(|one, other| one.message.cmp(&other.message));
    listed
}

/// How many entries of runs that have ended there are.
pub(crate) fn count(state_folder: &Path) -> usize {
    let files = entry_files(&state_folder.join(FOLDER_NAME)).unwrap_or_default();
    let is_left = |(path, id): &(PathBuf, Uuid)| matches!(open(path, *id, files::try_lock_shared), Ok(Some(_)));
    files.iter().filter(|file| is_left(file)).count()
}

/// The files of entries, each with its id.
fn entry_files(log: &Path) -> io::Result<Vec<(PathBuf, Uuid)>> {
    match std::fs::read_dir(log) {
        Ok(found) => Ok(found
            .flatten()
            .map(|file| file.path())
            .filter_map(|path| entry_id(&path).map(|id| (path, id)))
            .collect()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The id in the name of an entry's file. A symbolic link or a file of another name is not an
/// entry.
fn entry_id(path: &Path) -> Option<Uuid> {
    if path.extension() != Some(OsStr::new("json")) || path.is_symlink() {
        return None;
    }
    Uuid::parse_str(path.file_stem()?.to_str()?).ok()
}

/// Reads and locks an entry; nothing comes back if its run is alive or has just removed it. An
/// entry that cannot be locked is an error: its run may be alive.
fn open(
    path: &Path,
    id: Uuid,
    lock: impl FnOnce(&File) -> Lock,
) -> anyhow::Result<Option<(RecoveryEntry, EntryHandle)>> {
    // Over NFS only a file that is open for writing can be locked.
    let Some((file, metadata)) = files::open_own(path, OpenOptions::new().read(true).write(true))? else {
        return Ok(None);
    };
    let mut content = Vec::new();
    (&file).take(MAX_FILE).read_to_end(&mut content)?;
    match lock(&file) {
        Lock::Held => {}
        Lock::Busy => return Ok(None),
        Lock::Unsupported(error) => return Err(error.into()),
    }
    let entry = RecoveryEntry { id, ..strict_json::from_slice(&content)? };
    // Its run removed it between the opening and the lock: the token was delivered.
    if !FileId::of(&metadata).is_at(path) {
        return Ok(None);
    }
    Ok(Some((entry, EntryHandle { path: path.to_owned(), _locked: file })))
}

fn unreadable(path: &Path, cause: &anyhow::Error) -> Warning {
    Warning::new(
        "UNREADABLE_RECOVERY_ENTRY",
        format!("`{}` cannot be read and is left alone: {cause:#}", path.display()),
    )
}
