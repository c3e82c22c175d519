//! The programs that `PATH` finds.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The names that begin so, in the order of the alphabet.
pub(super) fn named(folders: &[PathBuf], begun: &str) -> BTreeSet<String> {
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let fitting = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| name.starts_with(begun))?;
        let found = entry.path().metadata().ok()?;
        (found.is_file() && found.permissions().mode() & 0o111 != 0).then_some(name)
    });
    fitting.collect()
}
