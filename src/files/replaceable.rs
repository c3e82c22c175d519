//! Whether a file can be replaced by a rename, found out without doing it.
//!
//! That its folder can be written to is not enough: the kernel refuses to rename over a file that
//! is a mount of its own (a container's bind-mounted `.env`: `EBUSY`), that is immutable or may only
//! be appended to (`chattr`: `EPERM`), and over a file of somebody else in a sticky folder such as
//! `/tmp` (`EPERM`).
//!
//! Such a file is refused instead of written in place: a write that is cut short by a full disk or
//! a kill would lose the other variables in it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::bail;

use super::private::folder_of;

/// Looks at an existing file; `metadata` is its own.
pub(crate) fn check_replaceable(path: &Path, metadata: &Metadata) -> anyhow::Result<()> {
    let shown = path.display();
    let Attributes { is_mount, fixed } = attributes(path);
    if is_mount {
        bail!("`{shown}` is a mount of its own, which cannot be replaced; mount its folder instead");
    }
    if let Some(fixed) = fixed {
        bail!("`{shown}` is {fixed} (`lsattr` shows it), so it cannot be replaced");
    }
    let folder = folder_of(path).metadata()?;
    let own = rustix::process::geteuid();
    if !own.is_root() && is_protected(folder.mode(), folder.uid(), metadata.uid(), own.as_raw()) {
        bail!("`{shown}` belongs to user {} and its folder is sticky, so it cannot be replaced", metadata.uid());
    }
    Ok(())
}

/// Looks at a folder in which files get their names by a rename.
pub(super) fn check_not_fixed(folder: &Path) -> anyhow::Result<()> {
    match attributes(folder).fixed {
        Some(fixed) => bail!("the folder `{}` is {fixed} (`lsattr` shows it)", folder.display()),
        None => Ok(()),
    }
}

/// Whether the owner alone may replace a file: its folder is sticky, and neither is ours.
fn is_protected(folder_mode: u32, folder_owner: u32, file_owner: u32, own: u32) -> bool {
    const STICKY: u32 = 0o1000;
    folder_mode & STICKY != 0 && own != folder_owner && own != file_owner
}

/// What the kernel says of a file besides its metadata.
#[derive(Default)]
struct Attributes {
    is_mount: bool,
    /// What forbids to rename it or, for a folder, anything in it.
    fixed: Option<&'static str>,
}

#[cfg(target_os = "linux")]
fn attributes(path: &Path) -> Attributes {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};
    let found = rustix::fs::statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS);
    let known = found.as_ref().map_or(StatxAttributes::empty(), |found| found.stx_attributes_mask);
    let set = found.as_ref().map_or(StatxAttributes::empty(), |found| found.stx_attributes) & known;
    let named = [(StatxAttributes::IMMUTABLE, "immutable"), (StatxAttributes::APPEND, "append-only")];
    let fixed = named.into_iter().find(|(flag, _)| set.contains(*flag)).map(|(_, name)| name);
    // Linux says it since 5.8.
    let is_mount = if known.contains(StatxAttributes::MOUNT_ROOT) {
        set.contains(StatxAttributes::MOUNT_ROOT)
    } else {
        is_listed_as_mount(path)
    };
    Attributes { is_mount, fixed }
}

/// Elsewhere only a folder can be a mount.
#[cfg(not(target_os = "linux"))]
fn attributes(_: &Path) -> Attributes {
    Attributes::default()
}

#[cfg(target_os = "linux")]
fn is_listed_as_mount(path: &Path) -> bool {
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let (Ok(folder), Some(name)) = (folder_of(path).canonicalize(), path.file_name()) else { return false };
    has_mount_point(&mounts, &folder.join(name))
}

/// Whether `/proc/self/mountinfo` lists a mount at a path (proc(5): the fifth field, in which blank,
/// tab, newline and backslash are octal).
#[cfg(target_os = "linux")]
fn has_mount_point(mounts: &[u8], path: &Path) -> bool {
    let octal = |text: &[u8]| -> Option<u8> { u8::from_str_radix(std::str::from_utf8(text.get(1..4)?).ok()?, 8).ok() };
    let plain = |field: &[u8]| {
        let (mut rest, mut name) = (field, Vec::with_capacity(field.len()));
        while let Some((&first, behind)) = rest.split_first() {
            let escaped = octal(rest).filter(|_| first == b'\\');
            name.push(escaped.unwrap_or(first));
            rest = if escaped.is_some() { &rest[4..] } else { behind };
        }
        name
    };
    let points = mounts.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    points.map(plain).any(|point| point == path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sticky_folder_protects_the_files_of_others() {
        let (folder_owner, somebody, own) = (0, 1000, 1001);
        assert!(is_protected(0o1777, folder_owner, somebody, own));
        assert!(!is_protected(0o1777, folder_owner, own, own));
        assert!(!is_protected(0o1777, own, somebody, own));
        assert!(!is_protected(0o777, folder_owner, somebody, own));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn mount_points_are_found_in_the_list_of_mounts() {
        let mounts = b"22 1 0:21 / / rw - overlay o rw\n\
            30 22 8:1 /srv/env /app/.env rw - ext4 /dev/sda1 rw\n\
            31 22 8:1 /x /my\\040app/a\\134b rw - ext4 /dev/sda1 rw\n";
        for (path, expected) in [
            ("/app/.env", true),
            ("/app", false),
            ("/srv/env", false),
            ("/my app/a\\b", true),
            ("/my\\040app/a\\134b", false),
        ] {
            assert_eq!(has_mount_point(mounts, Path::new(path)), expected, "{path}");
        }
        assert!(!has_mount_point(b"", Path::new("/app/.env")));
    }
}
