//! The file of `--state`: whole and readable by its owner alone, never reached through a symbolic link, and one sandbox's
//! at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::OFlags;

/// A state file that this sandbox alone writes.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// Locked for as long as it is open. It stands beside the file, for that one is replaced with every change.
    _lock: File,
}

impl StateFile {
    /// Takes a file, and reads what is in it; nothing if it does not exist yet.
    ///
    /// # Errors
    /// Fails if another sandbox has it, or if it is a symbolic link or cannot be read.
    pub fn take(path: PathBuf) -> anyhow::Result<(Self, Option<Vec<u8>>)> {
        let mut beside = path.clone().into_os_string();
        beside.push(".lock");
        let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).clone();
        let lock = open(&options, Path::new(&beside)).context("its lock cannot be opened")?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another sandbox uses `{}`", path.display()),
            Err(TryLockError::Error(error)) => return Err(error).context("it cannot be locked"),
        }
        let mut saved = Vec::new();
        let saved = match open(OpenOptions::new().read(true), &path) {
            Ok(mut file) => {
                file.read_to_end(&mut saved)?;
                Some(saved)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) if path.is_symlink() => bail!("`{}` is a symbolic link", path.display()),
            Err(error) => return Err(error.into()),
        };
        Ok((Self { path, _lock: lock }, saved))
    }

    /// Replaces what is in it: as a whole, with mode 0600, or not at all.
    pub fn write(&self, content: &[u8]) -> anyhow::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

fn open(options: &OpenOptions, path: &Path) -> std::io::Result<File> {
    options.clone().custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)
}
