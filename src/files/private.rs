//! Opening and creating files that only their owner may read.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Which file a name leads to: equal for two names of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// Whether `path` itself, not a symbolic link there, is this file now.
    pub(crate) fn is_at(self, path: &Path) -> bool {
        path.symlink_metadata().is_ok_and(|now| Self::of(&now) == self)
    }
}

/// The folder that a path is in; a bare name is in the current one.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Creates a folder of mode 0700, with its parents; one that exists is left as it is.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder_of(folder);
    if parent != folder {
        make_folder(parent)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Ok(()) => std::fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)),
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sets mode 0600 whatever the umask is.
pub(super) fn set_private(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(FILE_MODE))
}

/// Creates a file of mode 0600, which must not exist, as a symbolic link neither.
pub(super) fn create(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let mut options = with_flags(options, OFlags::NOFOLLOW);
    let file = options.create_new(true).mode(FILE_MODE).open(path)?;
    set_private(&file)?;
    Ok(file)
}

/// Opens an existing regular file; nothing if there is none.
///
/// # Errors
/// A symbolic link, anything that is not a regular file, and what the system refuses.
pub(crate) fn open_existing(path: &Path, options: &OpenOptions) -> anyhow::Result<Option<(File, Metadata)>> {
    // With `NONBLOCK`, opening a FIFO does not wait for its other end.
    let file = match with_flags(options, OFlags::NOFOLLOW | OFlags::NONBLOCK).open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(_) if path.is_symlink() => bail!("`{}` is a symbolic link", path.display()),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be opened", path.display())),
    };
    let metadata = file.metadata().with_context(|| format!("`{}` cannot be examined", path.display()))?;
    if !metadata.is_file() {
        bail!("`{}` is not a regular file", path.display());
    }
    Ok(Some((file, metadata)))
}

/// As [`open_existing`], and refuses a file of another user: it may have been planted to send our
/// requests elsewhere.
pub(crate) fn open_own(path: &Path, options: &OpenOptions) -> anyhow::Result<Option<(File, Metadata)>> {
    let opened = open_existing(path, options)?;
    if let Some((_, metadata)) = &opened {
        check_owner(path, metadata.uid(), rustix::process::geteuid().as_raw())?;
    }
    Ok(opened)
}

fn check_owner(path: &Path, owner: u32, own: u32) -> anyhow::Result<()> {
    if owner != own {
        bail!("`{}` belongs to user {owner}, not to you (user {own})", path.display());
    }
    Ok(())
}

/// Whether the mode lets the group or everybody do anything.
pub(crate) fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}

/// Whether a file has these bytes at an offset.
pub(super) fn holds_at(file: &File, offset: u64, bytes: &[u8]) -> bool {
    let mut found = Zeroizing::new(vec![0; bytes.len()]);
    file.read_exact_at(&mut found, offset).is_ok() && found.as_slice() == bytes
}

fn with_flags(options: &OpenOptions, flags: OFlags) -> OpenOptions {
    let mut options = options.clone();
    options.custom_flags(flags.bits().cast_signed());
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_of_another_user_is_refused() {
        let path = Path::new("/x/file");
        check_owner(path, 1000, 1000).unwrap();
        assert!(check_owner(path, 0, 1000).unwrap_err().to_string().contains("belongs to user 0"));
        assert!(check_owner(path, 1000, 0).unwrap_err().to_string().contains("belongs to user 1000"));

        // Only root can make such a file.
        if rustix::process::geteuid().is_root() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            std::fs::write(&path, "").unwrap();
            std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
            let refused = open_own(&path, OpenOptions::new().read(true)).unwrap_err();
            assert!(refused.to_string().contains("belongs to user 12345"));
        }
    }
}
