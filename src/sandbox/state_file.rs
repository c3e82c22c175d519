//! The file of `--state`: replaced as a whole, mode 0600, no symbolic link, used by one sandbox at
//! a time.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use rustix::fs::OFlags;

/// A state file that no other sandbox writes.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// Locked while it is open. It is a file of its own, because the state file is replaced with
    /// every change.
    lock: File,
    is_closed: AtomicBool,
}

impl StateFile {
    /// Locks a file and reads it; `None` if it does not exist yet.
    ///
    /// # Errors
    /// If another sandbox uses it, or if it is a symbolic link or cannot be read.
    pub(super) fn open(path: PathBuf) -> anyhow::Result<(Self, Option<Vec<u8>>)> {
        let mut beside = path.clone().into_os_string();
        beside.push(".lock");
        let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
        let lock = open_no_link(&options, Path::new(&beside)).context("its lock cannot be opened")?;
        set_private(&lock)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another sandbox uses `{}`", path.display()),
            Err(TryLockError::Error(error)) => return Err(error).context("it cannot be locked"),
        }
        let mut saved = Vec::new();
        let saved = match open_no_link(OpenOptions::new().read(true), &path) {
            Ok(mut file) => {
                file.read_to_end(&mut saved)?;
                Some(saved)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) if path.is_symlink() => bail!("`{}` is a symbolic link", path.display()),
            Err(error) => return Err(error.into()),
        };
        Ok((Self { path, lock, is_closed: AtomicBool::new(false) }, saved))
    }

    /// Replaces the file by one with this content; after an error it is as it was.
    pub(super) fn write(&self, content: &[u8]) -> anyhow::Result<()> {
        anyhow::ensure!(!self.is_closed.load(Ordering::Acquire), "this sandbox has ended");
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        set_private(file.as_file())?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Writes no more, and lets another sandbox use it.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        // It is unlocked at the latest when the process ends.
        _ = self.lock.unlock();
    }
}

/// Sets mode 0600 whatever the umask is.
fn set_private(file: &File) -> std::io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

fn open_no_link(options: &OpenOptions, path: &Path) -> std::io::Result<File> {
    options.clone().custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)
}
