//! Writing a whole file so that it can be undone, and the earlier file of that name brought back.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::private::{FileId, create, folder_of, holds_at, open_existing};
use super::replace::{inherit, stage, stage_usual, sync_folder};

/// What to do with a file that has the name already.
#[derive(Clone, Copy)]
pub(crate) enum Existing {
    Refuse,
    /// Replace it, and keep it under another name until [`WrittenFile::commit`].
    KeepAside,
}

/// Who may read a file.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    /// Its owner.
    Private,
    /// Those who could read the file that it replaces; for a new one the mask of the process decides.
    Usual,
}

/// A file that was written, and what undoing needs. Dropped before it is undone or committed, it
/// leaves the earlier file under its other name: that file may be the only copy.
pub(crate) struct WrittenFile {
    path: PathBuf,
    /// Kept open, so that the system gives its inode number to no other file.
    file: File,
    content: Zeroizing<Vec<u8>>,
    /// The other name of the earlier file.
    earlier: Option<PathBuf>,
}

/// Looks at what has the name, without following a symbolic link, and refuses all but regular
/// files.
pub(crate) fn existing(path: &Path) -> anyhow::Result<Option<Metadata>> {
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

/// Writes a file of mode 0600. It gets its name once all of its content is on the disk.
pub(crate) fn write_file(path: &Path, content: &[u8], existing: Existing) -> anyhow::Result<WrittenFile> {
    write_file_of(path, content, existing, Mode::Private)
}

/// As [`write_file`], for a file that others may read too.
pub(super) fn write_file_of(
    path: &Path,
    content: &[u8],
    existing: Existing,
    mode: Mode,
) -> anyhow::Result<WrittenFile> {
    let folder = folder_of(path);
    let like = match (existing, mode) {
        (Existing::KeepAside, Mode::Usual) => self::existing(path)?,
        _ => None,
    };
    let staged = match (mode, like) {
        (Mode::Private, _) => stage(folder, content),
        (Mode::Usual, None) => stage_usual(folder, content),
        (Mode::Usual, Some(like)) => {
            stage(folder, content).and_then(|staged| inherit(staged.as_file(), &like).map(|()| staged))
        }
    };
    let staged = staged.context("the file cannot be written")?;
    let (persisted, earlier) = match existing {
        Existing::Refuse => (staged.persist_noclobber(path), None),
        Existing::KeepAside => {
            let earlier = keep_aside(path, |from, to| std::fs::hard_link(from, to));
            (staged.persist(path), earlier.context("the earlier file cannot be kept")?)
        }
    };
    match persisted {
        Ok(file) => {
            sync_folder(folder);
            Ok(WrittenFile { path: path.to_owned(), file, content: Zeroizing::new(content.to_owned()), earlier })
        }
        Err(failed) => {
            // The earlier file still has its own name; this is a second name or a copy of it.
            if let Some(aside) = earlier {
                drop(std::fs::remove_file(aside));
            }
            Err(failed.error).context("the file cannot be put in place")
        }
    }
}

/// Proves that the file at `path` can be kept aside, by doing it.
pub(crate) fn check_kept(path: &Path) -> anyhow::Result<()> {
    let aside = keep_aside(path, |from, to| std::fs::hard_link(from, to)).context("the file cannot be kept aside")?;
    aside.map_or(Ok(()), std::fs::remove_file).context("what was kept aside cannot be removed")
}

/// Gives the file at `path`, if there is one, a second name; where the file system has no hard
/// links, a copy of it.
fn keep_aside(path: &Path, link: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<Option<PathBuf>> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".jelou-").suffix(".bak");
    let kept = builder.make_in(folder_of(path), |aside| match link(path, aside) {
        // `NotFound` says that there is no file; at `AlreadyExists`, `tempfile` tries another name.
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

/// Copies a file to a new name. Only the owner may read the copy until it is complete.
fn copy(path: &Path, aside: &Path) -> io::Result<()> {
    let Some((mut from, like)) = open_existing(path, OpenOptions::new().read(true)).map_err(io::Error::other)? else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let mut to = create(aside, OpenOptions::new().write(true))?;
    io::copy(&mut from, &mut to)
        .and_then(|_| inherit(&to, &like))
        .and_then(|()| to.sync_all())
        .inspect_err(|_| drop(std::fs::remove_file(aside)))
}

impl WrittenFile {
    /// Which file it is.
    pub(super) fn id(&self) -> Option<FileId> {
        self.file.metadata().ok().map(|metadata| FileId::of(&metadata))
    }

    /// Brings back what was there before, unless somebody has replaced or changed our file since.
    /// If the earlier file does not get its name back, the error says what its name is now.
    pub(crate) fn undo(self) -> anyhow::Result<()> {
        let outcome = self.restore();
        match &self.earlier {
            Some(aside) if outcome.is_err() => {
                outcome.with_context(|| format!("the earlier file is now `{}`", aside.display()))
            }
            _ => outcome,
        }
    }

    fn restore(&self) -> anyhow::Result<()> {
        let written = self.file.metadata()?;
        let is_unchanged = || written.len() == self.content.len() as u64 && holds_at(&self.file, 0, &self.content);
        match self.path.symlink_metadata() {
            Ok(now) if FileId::of(&now) != FileId::of(&written) => {
                bail!("`{}` has been replaced since", self.path.display())
            }
            Ok(_) if !is_unchanged() => bail!("`{}` has been changed since", self.path.display()),
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

    /// Removes what was there before.
    pub(crate) fn commit(self) -> anyhow::Result<()> {
        match self.earlier {
            Some(aside) => std::fs::remove_file(&aside)
                .with_context(|| format!("`{}`, the earlier file, cannot be removed", aside.display())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::RefCell;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn where_there_are_no_hard_links_a_copy_is_kept_and_the_file_keeps_its_name() {
        for refusal in [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported, io::ErrorKind::TooManyLinks] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            std::fs::write(&path, "mine").unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
            let aside = keep_aside(&path, |_, _| Err(refusal.into())).unwrap().unwrap();
            for name in [&path, &aside] {
                assert_eq!(
                    (
                        std::fs::read_to_string(name).unwrap().as_str(),
                        name.metadata().unwrap().permissions().mode() & 0o777
                    ),
                    ("mine", 0o640),
                    "{refusal:?}"
                );
            }
        }
    }

    #[test]
    fn a_second_name_that_is_taken_is_tried_again_under_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "mine").unwrap();
        let tried = RefCell::new(Vec::new());
        let aside = keep_aside(&path, |from, to| {
            tried.borrow_mut().push(to.to_owned());
            if tried.borrow().len() < 3 {
                Err(io::ErrorKind::AlreadyExists.into())
            } else {
                std::fs::hard_link(from, to)
            }
        });
        assert_eq!(tried.into_inner()[2], aside.unwrap().unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn no_file_is_nothing_to_keep() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(keep_aside(&folder.path().join("file"), |from, to| std::fs::hard_link(from, to)).unwrap(), None);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
