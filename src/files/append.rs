//! Appending to a file that others append to as well, so that the addition can be cut off again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::private::{FileId, create, holds_at, open_existing};

/// What was appended, and to what.
pub(crate) struct Appended {
    path: PathBuf,
    file: File,
    bytes: Zeroizing<Vec<u8>>,
    created: bool,
}

/// Opens an existing file for appending; nothing if there is none.
pub(crate) fn open_for_append(path: &Path) -> anyhow::Result<Option<File>> {
    Ok(open_existing(path, OpenOptions::new().read(true).append(true))?.map(|(file, _)| file))
}

/// Appends `text` in one write, after a newline if the last line of the file has none: joined to
/// that line, it would be read as a part of it. Never writes an empty line, which nektos/act
/// refuses. Whatever was written, even a part of it, is in `appended` afterwards.
pub(crate) fn append(path: &Path, may_create: bool, text: &str, appended: &mut Option<Appended>) -> anyhow::Result<()> {
    // One call: between two, another process could append a line of its own. No signal interrupts
    // it, since the file is a regular one (signal(7)).
    append_with(path, may_create, text, appended, Write::write)
}

fn append_with(
    path: &Path,
    may_create: bool,
    text: &str,
    appended: &mut Option<Appended>,
    write: impl FnOnce(&mut File, &[u8]) -> io::Result<usize>,
) -> anyhow::Result<()> {
    let (mut file, created) = match open_for_append(path)? {
        Some(file) => (file, false),
        None if may_create => {
            let created = create(path, OpenOptions::new().read(true).append(true));
            (created.with_context(|| format!("`{}` cannot be created", path.display()))?, true)
        }
        None => bail!("`{}` does not exist", path.display()),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    if lacks_newline(&file)? {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(text.as_bytes());
    let outcome = write(&mut file, &bytes);
    let written = outcome.as_ref().copied().unwrap_or(0);
    let whole = written == bytes.len();
    bytes.truncate(written);
    let file = &appended.insert(Appended { path: path.to_owned(), file, bytes, created }).file;
    let synced = outcome.and_then(|_| if whole { file.sync_data() } else { Err(io::ErrorKind::StorageFull.into()) });
    synced.with_context(|| format!("`{}` cannot be written", path.display()))
}

fn lacks_newline(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    Ok(last != [b'\n'])
}

impl Appended {
    /// Cuts the file back, unless something has been appended after ours.
    pub(crate) fn undo(self) -> anyhow::Result<()> {
        let now = match self.path.symlink_metadata() {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let ours = self.file.metadata()?;
        if FileId::of(&now) != FileId::of(&ours) {
            bail!("`{}` has been replaced since", self.path.display());
        }
        let start = ours.len().checked_sub(self.bytes.len() as u64);
        let start = start.filter(|start| holds_at(&self.file, *start, &self.bytes));
        let Some(start) = start else { bail!("`{}` has been changed since", self.path.display()) };
        if self.created && start == 0 {
            std::fs::remove_file(&self.path)?;
        } else {
            self.file.set_len(start)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_a_full_disk_took_is_cut_off_again() {
        let folder = tempfile::tempdir().unwrap();
        for (before, taken) in [(None, 0), (None, 3), (Some("A=1"), 0), (Some("A=1"), 3), (Some(""), 5)] {
            let path = folder.path().join("file");
            if let Some(before) = before {
                std::fs::write(&path, before).unwrap();
            }
            let mut appended = None;
            let outcome = append_with(&path, true, "T=value\n", &mut appended, |file, bytes| match taken {
                0 => Err(io::ErrorKind::StorageFull.into()),
                _ => file.write(&bytes[..taken]),
            });
            assert!(format!("{:#}", outcome.unwrap_err()).ends_with("no storage space"));
            assert_eq!(path.metadata().unwrap().len(), before.unwrap_or_default().len() as u64 + taken as u64);
            appended.unwrap().undo().unwrap();
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), before);
        }
    }
}
