//! The file that tells others that the sandbox listens, and where.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::error::Error;
use crate::files::{self, FileId};

/// More than any file of ours has.
const MOST: u64 = 64 * 1024;

/// How each line of such a file begins.
const LINE_BEGINS: [&str; 2] = ["export JELOU_", "unset JELOU_"];

/// A file that is there as long as the sandbox, unless somebody else has put another in its place.
pub(super) struct ReadyFile {
    path: PathBuf,
    id: FileId,
    /// Kept open, so that no other file gets its number.
    _file: File,
}

impl ReadyFile {
    /// Writes the lines to a file of mode 0600, which is complete from the moment it has its name.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot be written, or would replace a file that no sandbox has written.
    pub(super) fn write(path: &Path, lines: &[String]) -> Result<Self, Error> {
        Self::put(path, lines).map_err(|cause| Error::input("The ready file cannot be written").caused_by(cause))
    }

    fn put(path: &Path, lines: &[String]) -> anyhow::Result<Self> {
        check_replaceable(path)?;
        let text = lines.join("\n") + "\n";
        let written = files::stage_unsynced(files::folder_of(path), text.as_bytes())
            .and_then(|staged| staged.persist(path).map_err(|failed| failed.error));
        let file = written.with_context(|| format!("`{}`", path.display()))?;
        let id = FileId::of(&file.metadata()?);
        Ok(Self { path: path.to_owned(), id, _file: file })
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        if self.id.is_at(&self.path) {
            // What cannot be removed is replaced by the next sandbox.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Refuses to replace anything but an empty file (of `mktemp`) and one that a sandbox which was
/// killed has left.
fn check_replaceable(path: &Path) -> anyhow::Result<()> {
    let Some((file, _)) = files::open_existing(path, OpenOptions::new().read(true))? else { return Ok(()) };
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).with_context(|| format!("`{}`", path.display()))?;
    if !String::from_utf8_lossy(&text).lines().all(|line| LINE_BEGINS.iter().any(|begins| line.starts_with(begins))) {
        bail!("`{}` exists, and no sandbox has written it", path.display());
    }
    Ok(())
}
