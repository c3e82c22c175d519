//! Appending to a file that others append to as well, so that it can be taken back: for `github-env:`,
//! `github-output:` and `bash-env:`.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::config::private_file::{open_existing, sync_folder};

/// What was appended, and where.
pub(super) struct Appended {
    path: PathBuf,
    file: File,
    start: u64,
    bytes: Zeroizing<Vec<u8>>,
    created: bool,
}

/// Opens an existing file for appending, or says that there is none.
pub(super) fn open(path: &Path) -> anyhow::Result<Option<File>> {
    Ok(open_existing(path, OpenOptions::new().read(true).append(true))?.map(|(file, _)| file))
}

/// Creates a file of mode 0600 for appending.
fn create(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .with_context(|| format!("`{}` cannot be created", path.display()))
}

/// Appends `text` in one write, after a newline if the last line of the file has none: joined to that line, it would be
/// read as a part of it. Blank lines are not written, for nektos/act refuses them.
pub(super) fn append(path: &Path, may_create: bool, text: &str) -> anyhow::Result<Appended> {
    let (mut file, created) = match open(path)? {
        Some(file) => (file, false),
        None if may_create => (create(path)?, true),
        None => bail!("`{}` does not exist", path.display()),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    if lacks_newline(&file)? {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(text.as_bytes());
    let written = write_once(&mut file, &bytes)?;
    // The position after an append is the end of what was appended, whatever others have written meanwhile.
    let start = file.stream_position()?.saturating_sub(written as u64);
    let whole = written == bytes.len();
    bytes.truncate(written);
    let appended = Appended { path: path.to_owned(), file, start, bytes, created };
    if whole && appended.file.sync_data().is_ok() {
        return Ok(appended);
    }
    appended.undo().context("the disk is full, and what was written could not be taken back")?;
    bail!("the disk is full")
}

fn lacks_newline(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    Ok(last != [b'\n'])
}

/// Two writes could have a line of somebody else between them.
fn write_once(file: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

impl Appended {
    /// Cuts the file back, unless something has been appended after ours.
    pub(super) fn undo(self) -> anyhow::Result<()> {
        let now = match self.path.symlink_metadata() {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let ours = self.file.metadata()?;
        if (now.dev(), now.ino()) != (ours.dev(), ours.ino()) {
            bail!("`{}` has been replaced since", self.path.display());
        }
        let mut tail = Zeroizing::new(vec![0; self.bytes.len()]);
        let unchanged = ours.len() == self.start + self.bytes.len() as u64
            && self.file.read_exact_at(&mut tail, self.start).is_ok()
            && tail == self.bytes;
        if !unchanged {
            bail!("`{}` has been changed since", self.path.display());
        }
        if self.created && self.start == 0 {
            std::fs::remove_file(&self.path)?;
        } else {
            self.file.set_len(self.start)?;
        }
        sync_folder(crate::config::private_file::folder_of(&self.path));
        Ok(())
    }
}
