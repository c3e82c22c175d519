//! Putting a whole file in place so that it can be taken back: for `file:` and `dotenv:`.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use zeroize::Zeroizing;

use crate::config::private_file::{folder_of, open_existing, stage, sync_folder};

/// As much as a file system hands out at least; a full one refuses it.
const PROBE: [u8; 4096] = [0; 4096];

/// What to do with a file that has the name already.
#[derive(Clone, Copy)]
pub(super) enum Existing {
    /// Fail.
    Refuse,
    /// Replace it, and keep it aside until settled.
    Replace,
}

/// A file that was put in place, and what was there before.
pub(super) struct Placed {
    path: PathBuf,
    /// Kept open, so that its inode number is not given to another file.
    ours: File,
    content: Zeroizing<Vec<u8>>,
    /// What the earlier file is called now. A `Placed` that is dropped before it is undone or settled leaves it there.
    earlier: Option<PathBuf>,
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

/// Puts a file of mode 0600 with this content in place at once: nobody sees a part of it.
pub(super) fn put(path: &Path, content: &[u8], existing: Existing) -> anyhow::Result<Placed> {
    let folder = folder_of(path);
    let staged = stage(folder, content).context("the file cannot be written")?;
    let (persisted, earlier) = match existing {
        Existing::Refuse => (staged.persist_noclobber(path), None),
        Existing::Replace => {
            let earlier = keep_aside(path, |from, to| std::fs::hard_link(from, to));
            (staged.persist(path), earlier.context("the earlier file cannot be kept")?)
        }
    };
    match persisted {
        Ok(ours) => {
            sync_folder(folder);
            Ok(Placed { path: path.to_owned(), ours, content: Zeroizing::new(content.to_owned()), earlier })
        }
        Err(failed) => {
            // What was kept aside is a second name or a copy of it.
            if let Some(aside) = earlier {
                drop(std::fs::remove_file(aside));
            }
            Err(failed.error).context("the file cannot be put in place")
        }
    }
}

/// Replaces a file by one with this content, at once, that has the mode and the owner of the file `like`.
pub(super) fn rewrite(path: &Path, content: &[u8], like: &Metadata) -> anyhow::Result<()> {
    let folder = folder_of(path);
    let staged = stage(folder, content).context("the file cannot be written")?;
    let file = staged.as_file();
    inherit(file, like, |uid, gid| fchown(file, uid, gid))?;
    staged.persist(path).map_err(|failed| failed.error).context("the file cannot be put in place")?;
    sync_folder(folder);
    Ok(())
}

/// Gives a file the owner, the group and the mode of another, as far as that is possible: only root may give a file away,
/// and others only to a group of theirs. A group that is not the right one may do what everybody may.
fn inherit(file: &File, like: &Metadata, chown: impl Fn(Option<u32>, Option<u32>) -> io::Result<()>) -> io::Result<()> {
    let has_group = chown(Some(like.uid()), Some(like.gid())).or_else(|_| chown(None, Some(like.gid()))).is_ok();
    let mode = like.mode() & 0o777;
    let everybody = mode & 0o007;
    let mode = if has_group { mode } else { mode & 0o707 | (mode >> 3 & everybody) << 3 };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Gives the file at `path`, if there is one, a second name; where the file system has no hard links, a copy of it.
fn keep_aside(path: &Path, link: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<Option<PathBuf>> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".jelou-").suffix(".bak");
    let kept = builder.make_in(folder_of(path), |aside| match link(path, aside) {
        // The one is for the caller to know, the other to try again under another name.
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {
            copy(path, aside)
        }
        outcome => outcome,
    });
    match kept {
        Ok(kept) => Ok(Some(kept.into_temp_path().keep().map_err(|failed| failed.error)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies a file to a new name, private until it is whole.
fn copy(path: &Path, aside: &Path) -> io::Result<()> {
    let Some((mut from, like)) = open_existing(path, OpenOptions::new().read(true)).map_err(io::Error::other)? else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside)?;
    io::copy(&mut from, &mut to)
        .and_then(|_| inherit(&to, &like, |uid, gid| fchown(&to, uid, gid)))
        .and_then(|()| to.sync_all())
        .inspect_err(|_| drop(std::fs::remove_file(aside)))
}

impl Placed {
    /// Puts back what was there before, unless somebody has replaced or changed our file since. The earlier file is never
    /// lost: if it does not get its name back, the error says what it is called.
    pub(super) fn undo(self) -> anyhow::Result<()> {
        let outcome = self.take_back();
        match &self.earlier {
            Some(aside) if outcome.is_err() => {
                outcome.with_context(|| format!("the earlier file is now `{}`", aside.display()))
            }
            _ => outcome,
        }
    }

    fn take_back(&self) -> anyhow::Result<()> {
        let ours = self.ours.metadata()?;
        match self.path.symlink_metadata() {
            Ok(now) if (now.dev(), now.ino()) != (ours.dev(), ours.ino()) => {
                bail!("`{}` has been replaced since", self.path.display())
            }
            Ok(_) if !self.is_unchanged(&ours)? => bail!("`{}` has been changed since", self.path.display()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        match &self.earlier {
            Some(aside) => std::fs::rename(aside, &self.path)
                .with_context(|| format!("`{}` cannot be put back", self.path.display()))?,
            None => match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            },
        }
        sync_folder(folder_of(&self.path));
        Ok(())
    }

    fn is_unchanged(&self, ours: &Metadata) -> io::Result<bool> {
        if ours.len() != self.content.len() as u64 {
            return Ok(false);
        }
        let mut now = Zeroizing::new(vec![0; self.content.len()]);
        self.ours.read_exact_at(&mut now, 0)?;
        Ok(now == self.content)
    }

    /// Removes what was there before.
    pub(super) fn settle(self) -> anyhow::Result<()> {
        match self.earlier {
            Some(aside) => std::fs::remove_file(&aside)
                .with_context(|| format!("`{}`, the earlier file, cannot be removed", aside.display())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "place/tests.rs"]
mod tests;
