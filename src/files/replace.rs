//! Replacing a file at once: a temporary file in the same folder, written down to the disk, gets
//! its name.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use anyhow::{Context, anyhow};
use tempfile::NamedTempFile;

use super::private::{folder_of, set_private};
use super::replaceable::check_not_fixed;

/// File systems allocate blocks of 4 KiB or less, so a full one refuses this much.
const PROBE: [u8; 4096] = [0; 4096];

fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    builder(&mut tempfile::Builder::new()).tempfile_in(folder)
}

fn builder<'a, 'b>(builder: &'a mut tempfile::Builder<'b, 'b>) -> &'a mut tempfile::Builder<'b, 'b> {
    builder.prefix(".jelou-").suffix(".tmp")
}

/// Writes `content` to a temporary file in `folder`, down to the disk, with the mode that the mask
/// of this process leaves to new files.
pub(super) fn stage_usual(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut options = tempfile::Builder::new();
    options.permissions(Permissions::from_mode(0o666));
    let mut staged = builder(&mut options).tempfile_in(folder)?;
    staged.write_all(content)?;
    staged.as_file().sync_all()?;
    Ok(staged)
}

/// Writes `content` to a temporary file of mode 0600 in `folder`, down to the disk. Unless it gets
/// its final name, it is removed when dropped.
pub(super) fn stage(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let staged = stage_unsynced(folder, content)?;
    staged.as_file().sync_all()?;
    Ok(staged)
}

/// As [`stage`], for a file that need not outlast a power failure.
pub(crate) fn stage_unsynced(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut staged = temporary_file(folder)?;
    set_private(staged.as_file())?;
    staged.write_all(content)?;
    Ok(staged)
}

/// Replaces or creates the file at `path`, with mode 0600.
pub(crate) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    stage(folder, content)?.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder);
    Ok(())
}

/// Replaces the file at `path` by one with the mode and the owner of `like`.
pub(crate) fn replace_like(path: &Path, content: &[u8], like: &Metadata) -> anyhow::Result<()> {
    let folder = folder_of(path);
    let staged = stage(folder, content).context("the file cannot be written")?;
    inherit(staged.as_file(), like)?;
    staged.persist(path).map_err(|failed| failed.error).context("the file cannot be put in place")?;
    sync_folder(folder);
    Ok(())
}

/// Gives a file the owner, the group and the mode of another, as far as the system allows it.
pub(super) fn inherit(file: &File, like: &Metadata) -> io::Result<()> {
    inherit_with(file, like, |uid, gid| fchown(file, uid, gid))
}

/// Only root may give a file away; others may give it to a group of theirs. A group that is not the
/// right one gets no more rights than everybody has.
fn inherit_with(
    file: &File,
    like: &Metadata,
    chown: impl Fn(Option<u32>, Option<u32>) -> io::Result<()>,
) -> io::Result<()> {
    let has_group = chown(Some(like.uid()), Some(like.gid())).or_else(|_| chown(None, Some(like.gid()))).is_ok();
    let mode = like.mode() & 0o777;
    let everybody = mode & 0o007;
    let mode = if has_group { mode } else { mode & 0o707 | (mode >> 3 & everybody) << 3 };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Makes a rename in `folder` last through a power failure, where the file system can do that.
/// Where it cannot, the file is written all the same, so that is not an error.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        drop(folder.sync_all());
    }
}

/// Proves that a file can be created in the folder of `path` and gets its name, by creating one,
/// giving it another name and removing it.
pub(crate) fn check_folder(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    // The probe could not be removed from such a folder.
    check_not_fixed(folder)?;
    let probe = || -> io::Result<()> {
        let mut probe = temporary_file(folder)?;
        probe.write_all(&PROBE)?;
        // Some file systems (vboxsf) have neither hard links nor a rename that replaces nothing.
        let name = probe.path().with_extension("new");
        probe.persist_noclobber(&name).map_err(|failed| failed.error)?;
        std::fs::remove_file(name)
    };
    // The error of `tempfile` names the temporary file, which says nothing to a user. Its kind is
    // enough.
    probe().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow!("the folder `{}` does not exist", folder.display()),
        kind => anyhow!("the folder `{}` cannot be written: {}", folder.display(), io::Error::from(kind)),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::RefCell;

    use super::*;

    #[test]
    fn without_the_right_to_give_a_file_away_its_group_is_kept_or_loses_its_rights() {
        let refused = || Err(io::ErrorKind::PermissionDenied.into());
        let table = [
            // The mode before, whether the owner and the group can be set, the mode after.
            (0o660, true, true, 0o660),
            (0o660, false, true, 0o660),
            (0o660, false, false, 0o600),
            (0o664, false, false, 0o644),
            (0o604, false, false, 0o604),
        ];
        for (before, owner, group, after) in table {
            let (like, file) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
            like.as_file().set_permissions(Permissions::from_mode(before)).unwrap();
            let like = like.as_file().metadata().unwrap();
            let given = RefCell::new(Vec::new());
            let chown = |uid: Option<u32>, gid: Option<u32>| {
                if uid.is_some() && !owner || !group {
                    return refused();
                }
                given.borrow_mut().push((uid, gid));
                Ok(())
            };
            inherit_with(file.as_file(), &like, chown).unwrap();
            assert_eq!(file.path().metadata().unwrap().mode() & 0o777, after, "{before:o}");
            let expected = group.then_some((owner.then_some(like.uid()), Some(like.gid())));
            assert_eq!(given.into_inner(), Vec::from_iter(expected), "{before:o}");
        }
    }
}
