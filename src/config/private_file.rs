//! Files that hold something private: 0600 from birth, never opened through a symbolic link, replaced whole or not at
//! all.
//!
//! A file that is written and then tightened with `chmod` can be opened by others in between, and a rewrite loosens it
//! again; here the mode is given to the call that creates the file. Existing files are judged by the descriptor that was
//! opened, so that what is checked and what is read are the same file.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use rustix::fs::OFlags;
use tempfile::NamedTempFile;

/// The beginning of the names of files that exist for a moment only.
const STAGED_PREFIX: &str = ".jelou-";

/// The folder that a path is in; a bare name is in the current one.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes `content` to a new file of mode 0600 in `folder`, down to the disk. Unless it is persisted under its final
/// name, it is removed when dropped.
pub fn stage(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut staged = tempfile::Builder::new().prefix(STAGED_PREFIX).suffix(".tmp").tempfile_in(folder)?;
    staged.write_all(content)?;
    staged.as_file().sync_all()?;
    Ok(staged)
}

/// Replaces the file at `path`, or creates it, with mode 0600: readers see the old content or the new, never a part.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    stage(folder, content)?.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder);
    Ok(())
}

/// Makes a rename in `folder` last through a power failure, where the file system can promise that. Where it cannot,
/// nothing is lost that was ever promised, so there is no error.
pub fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        drop(folder.sync_all());
    }
}

/// Creates a folder of mode 0700, with its parents; one that exists is left as it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Opens an existing regular file, or says that there is none.
///
/// # Errors
/// A symbolic link, anything that is no regular file, and what the system refuses.
pub fn open_existing(path: &Path, options: &OpenOptions) -> anyhow::Result<Option<(File, Metadata)>> {
    let opened = with_flags(options, OFlags::NOFOLLOW | OFlags::NONBLOCK).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => {
            if path.is_symlink() {
                bail!("`{}` is a symbolic link", path.display());
            }
            return Err(error).with_context(|| format!("`{}` cannot be opened", path.display()));
        }
    };
    let metadata = file.metadata().with_context(|| format!("`{}` cannot be examined", path.display()))?;
    if !metadata.is_file() {
        bail!("`{}` is not a regular file", path.display());
    }
    Ok(Some((file, metadata)))
}

/// Opens a file of mode 0600 for the sake of its lock, creating it if need be.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
    with_flags(&options, OFlags::NOFOLLOW | OFlags::NONBLOCK).open(path)
}

/// `NONBLOCK` lets a FIFO be refused instead of waited for.
fn with_flags(options: &OpenOptions, flags: OFlags) -> OpenOptions {
    let mut options = options.clone();
    options.custom_flags(flags.bits().cast_signed());
    options
}
