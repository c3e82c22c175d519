//! Putting a whole file in place so that it can be taken back: for `file:` and `dotenv:`.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use tempfile::TempPath;

use crate::config::private_file::{folder_of, stage, sync_folder};

/// As much as a file system hands out at least; a full one refuses it.
const PROBE: [u8; 4096] = [0; 4096];

/// What to do with a file that has the name already.
#[derive(Clone, Copy)]
pub(super) enum Existing<'a> {
    /// Fail.
    Refuse,
    /// Replace it, and keep it aside until settled.
    Replace,
    /// The same, and take over its mode and owner.
    Inherit(&'a Metadata),
}

/// A file that was put in place, and what was there before.
pub(super) struct Placed {
    path: PathBuf,
    /// Kept open, so that its inode number is not given to another file.
    ours: File,
    /// Removed when dropped.
    earlier: Option<TempPath>,
}

/// Refuses paths that cannot name a file.
pub(super) fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if path.ends_with('/') || Path::new(path).file_name().is_none() {
        return Err("the path names a folder".to_owned());
    }
    Ok(())
}

/// Looks at what has the name without following a symbolic link, and refuses all but regular files.
pub(super) fn existing(path: &Path) -> anyhow::Result<Option<Metadata>> {
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be examined", path.display())),
    };
    if metadata.is_symlink() {
        bail!("`{}` is a symbolic link", path.display());
    }
    if !metadata.is_file() {
        bail!("`{}` is not a regular file", path.display());
    }
    Ok(Some(metadata))
}

/// Proves that a file can be created in the folder of `path`, by creating one and removing it.
pub(super) fn check_folder(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    let probe = || -> io::Result<()> {
        let mut probe = tempfile::Builder::new().prefix(".jelou-").suffix(".tmp").tempfile_in(folder)?;
        probe.write_all(&PROBE)?;
        probe.close()
    };
    // The error of a temporary file names it, which would only confuse: its kind says enough.
    probe().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow!("the folder `{}` does not exist", folder.display()),
        kind => anyhow!("the folder `{}` cannot be written: {}", folder.display(), io::Error::from(kind)),
    })
}

/// Puts a file with this content in place at once: nobody sees a part of it, nor, for a moment, a looser mode.
pub(super) fn put(path: &Path, content: &[u8], existing: Existing<'_>) -> anyhow::Result<Placed> {
    let folder = folder_of(path);
    let staged = stage(folder, content).context("the file cannot be written")?;
    if let Existing::Inherit(like) = existing {
        // Only root may give a file away; for everybody else the owner is right already or cannot be.
        drop(fchown(staged.as_file(), Some(like.uid()), Some(like.gid())));
        staged.as_file().set_permissions(Permissions::from_mode(like.mode() & 0o777))?;
    }
    let (persisted, earlier) = match existing {
        Existing::Refuse => (staged.persist_noclobber(path), None),
        Existing::Replace | Existing::Inherit(_) => {
            let earlier = keep_aside(path).context("the earlier file cannot be kept")?;
            (staged.persist(path), earlier)
        }
    };
    match persisted {
        Ok(ours) => {
            sync_folder(folder);
            Ok(Placed { path: path.to_owned(), ours, earlier })
        }
        Err(failed) => {
            // Kept aside by a second name, it still has the first.
            if let Some(earlier) = earlier.filter(|_| path.symlink_metadata().is_err()) {
                put_back(earlier, path)?;
            }
            Err(failed.error).context("the file cannot be put in place")
        }
    }
}

/// Gives the file at `path`, if there is one, a second name, or a new one where the file system has no hard links.
fn keep_aside(path: &Path) -> io::Result<Option<TempPath>> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".jelou-").suffix(".bak");
    let kept = builder
        .make_in(folder_of(path), |aside| std::fs::hard_link(path, aside).or_else(|_| std::fs::rename(path, aside)));
    match kept {
        Ok(kept) => Ok(Some(kept.into_temp_path())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives an earlier file its name back. It is never lost: if that fails, it stays where it is.
fn put_back(earlier: TempPath, path: &Path) -> anyhow::Result<()> {
    let Err(failed) = earlier.persist(path) else { return Ok(()) };
    let kept = failed.path.keep().map_err(|failed| failed.error)?;
    Err(failed.error).with_context(|| format!("the earlier file is now `{}` and cannot be put back", kept.display()))
}

impl Placed {
    /// Puts back what was there before, unless somebody has replaced our file since.
    pub(super) fn undo(self) -> anyhow::Result<()> {
        let ours = self.ours.metadata()?;
        match self.path.symlink_metadata() {
            Ok(now) if (now.dev(), now.ino()) == (ours.dev(), ours.ino()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
            Ok(_) => bail!("`{}` has been replaced since", self.path.display()),
        }
        match self.earlier {
            Some(earlier) => put_back(earlier, &self.path)?,
            None => match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            },
        }
        sync_folder(folder_of(&self.path));
        Ok(())
    }

    /// Removes what was there before.
    pub(super) fn settle(self) -> anyhow::Result<()> {
        match self.earlier {
            Some(earlier) => earlier.close().context("the copy of the earlier file cannot be removed"),
            None => Ok(()),
        }
    }
}
