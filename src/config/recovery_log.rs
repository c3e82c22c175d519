//! The intent journal: what a run was about to create, for the run that cleans up after it was killed.
//!
//! One file an intent, `intents/UUID.json` in the state folder, mode 0600: function, name and idempotency key, never a
//! value. It is written before a create or a rotate and removed after the hand-over. Best effort throughout: no fsync,
//! and where the folder cannot be written, or its files cannot be locked, there is no journal.
//!
//! The run that wrote an intent keeps its file locked, and the system ends the lock however that run ends. [`list`]
//! leaves out what is locked or cannot be, so that cleaning up never touches the token of a run that is still alive, and
//! locks what it returns, so that two clean-ups never meet. [`count`] keeps no lock, so that a run that only wants to know
//! hides nothing from a clean-up.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::private_file;
use crate::api::IdempotencyKey;
use crate::api::wire::{CreateToken, Id, RotateToken, Slug};
use crate::warning::Warning;

/// The folder of the journal in the state folder.
pub const FOLDER_NAME: &str = "intents";
/// More than any intent has.
const MAX_FILE: u64 = 64 << 10;
/// How often a lock is tried: [`count`] has it for a moment, a run that is alive for longer.
const ATTEMPTS: usize = 10;
/// How long to wait between two attempts.
const INTERVAL: Duration = Duration::from_millis(2);

/// Locks a file without waiting.
type Lock = fn(&File) -> Result<(), TryLockError>;

/// A token that is about to be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryEntry {
    /// Names the file; not repeated in it.
    #[serde(skip)]
    pub id: Uuid,
    /// The function's slug.
    pub function: Slug,
    /// The name of the token.
    pub name: String,
    #[serde(skip, default = "IdempotencyKey::random")]
    pub key: IdempotencyKey,
    #[serde(flatten)]
    pub request: Request,
    /// The API that was asked: scheme, host and port.
    pub api_origin: String,
    /// The profile that was used, unless the credential came from elsewhere.
    #[serde(default)]
    pub profile: Option<String>,
    /// When.
    pub started_at: Timestamp,
}

/// A request that issues a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", content = "request", rename_all = "lowercase")]
pub enum Request {
    Create(CreateToken),
    Rotate { replaces: Id, body: RotateToken },
}

/// An intent on disk, locked while this lives. Dropping it leaves the intent for a later `jelou tokens recover`.
#[derive(Debug)]
pub struct EntryHandle {
    path: PathBuf,
    /// Held for its lock.
    _locked: File,
}

impl EntryHandle {
    /// Removes the intent: nothing is left to clean up.
    pub fn remove(self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// What the journal holds.
#[derive(Debug, Default)]
pub struct Listed {
    /// What runs that have ended left behind, oldest first.
    pub entries: Vec<(RecoveryEntry, EntryHandle)>,
    /// Files that cannot be used, each named.
    pub warnings: Vec<Warning>,
}

/// Writes an intent into the journal in the state folder `folder`, or nothing where that is not possible.
pub fn write(folder: &Path, intent: &RecoveryEntry) -> Option<EntryHandle> {
    try_write(&folder.join(FOLDER_NAME), intent, File::try_lock).ok()
}

fn try_write(journal: &Path, intent: &RecoveryEntry, lock: Lock) -> io::Result<EntryHandle> {
    private_file::make_folder(journal)?;
    let mut staged = tempfile::Builder::new().prefix(".jelou-").suffix(".tmp").tempfile_in(journal)?;
    // Locked before it has its name, so that no list ever finds it unlocked.
    lock(staged.as_file())?;
    staged.write_all(&serde_json::to_vec_pretty(intent)?)?;
    let path = journal.join(format!("{}.json", intent.id));
    let locked = staged.persist_noclobber(&path).map_err(|failed| failed.error)?;
    Ok(EntryHandle { path, _locked: locked })
}

/// Reads the journal in the state folder `folder`. No folder is an empty journal.
pub fn list(folder: &Path) -> Listed {
    let mut listed = Listed::default();
    let journal = folder.join(FOLDER_NAME);
    let files = match files(&journal) {
        Ok(files) => files,
        Err(error) => {
            listed.warnings.push(unusable(&journal, &error.into()));
            return listed;
        }
    };
    for (path, id) in files {
        match open(&path, id, |file| lock_patiently(file, || std::thread::sleep(INTERVAL))) {
            Ok(Some(found)) => listed.entries.push(found),
            Ok(None) => {}
            Err(cause) => listed.warnings.push(unusable(&path, &cause)),
        }
    }
    listed.entries.sort_by_key(|(intent, _)| (intent.started_at, intent.id));
    listed.warnings.sort_by(|one, other| one.message.cmp(&other.message));
    listed
}

/// How many intents of runs that have ended are in the journal in the state folder `folder`.
pub fn count(folder: &Path) -> usize {
    let files = files(&folder.join(FOLDER_NAME)).unwrap_or_default();
    let is_left = |(path, id): &(PathBuf, Uuid)| matches!(open(path, *id, File::try_lock_shared), Ok(Some(_)));
    files.iter().filter(|file| is_left(file)).count()
}

/// The files in the journal that have the name of an intent, with its id.
fn files(journal: &Path) -> io::Result<Vec<(PathBuf, Uuid)>> {
    match std::fs::read_dir(journal) {
        Ok(entries) => Ok(entries
            .flatten()
            .map(|entry| entry.path())
            .filter_map(|path| intent_id(&path).map(|id| (path, id)))
            .collect()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The id in the name of an intent's file. Symbolic links and files of another name are no intents.
fn intent_id(path: &Path) -> Option<Uuid> {
    if path.extension() != Some(OsStr::new("json")) || path.is_symlink() {
        return None;
    }
    Uuid::parse_str(path.file_stem()?.to_str()?).ok()
}

/// Reads and locks an intent, unless its run is alive or has just removed it.
///
/// # Errors
/// What cannot be read, and what cannot be locked: its run may be alive.
fn open(
    path: &Path,
    id: Uuid,
    lock: impl FnOnce(&File) -> Result<(), TryLockError>,
) -> anyhow::Result<Option<(RecoveryEntry, EntryHandle)>> {
    // Over NFS only what is open for writing can be locked.
    let Some((file, _)) = private_file::open_existing(path, OpenOptions::new().read(true).write(true))? else {
        return Ok(None);
    };
    let mut content = Vec::new();
    (&file).take(MAX_FILE).read_to_end(&mut content)?;
    match lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let intent = RecoveryEntry { id, ..serde_json::from_slice(&content)? };
    // Removed between the opening and the lock: that run has handed its token over.
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some((intent, EntryHandle { path: path.to_owned(), _locked: file })))
}

/// Locks a file that another run may hold for a moment.
fn lock_patiently(file: &File, mut pause: impl FnMut()) -> Result<(), TryLockError> {
    for _ in 1..ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => pause(),
            outcome => return outcome,
        }
    }
    file.try_lock()
}

fn unusable(path: &Path, cause: &anyhow::Error) -> Warning {
    Warning::new("UNREADABLE_INTENT", format!("`{}` cannot be read and is left alone: {cause:#}", path.display()))
}
