//! Writing several files so that all of them are there, or none.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::private::{FileId, folder_of};
use super::written_file::{Existing, Mode, WrittenFile, write_file_of};
use crate::error::Error;

/// What was made so far. Dropped before it is committed, all of it is undone.
#[derive(Default)]
pub(crate) struct Together(Vec<Made>);

enum Made {
    Folder(PathBuf),
    File(WrittenFile),
}

impl Together {
    /// Makes a folder with its parents; one that exists is left as it is.
    pub(crate) fn folder(&mut self, path: &Path) -> anyhow::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        let parent = folder_of(path);
        if parent != path {
            self.folder(parent)?;
        }
        std::fs::create_dir(path).with_context(|| format!("the folder `{}` cannot be made", path.display()))?;
        self.0.push(Made::Folder(path.to_owned()));
        Ok(())
    }

    /// Writes a whole file. One that appears in the meantime is refused even where an earlier one
    /// would be kept aside.
    pub(crate) fn file(&mut self, path: &Path, content: &[u8], existing: Existing, mode: Mode) -> anyhow::Result<()> {
        let existing = match existing {
            Existing::KeepAside if super::existing(path)?.is_none() => Existing::Refuse,
            other => other,
        };
        let written = write_file_of(path, content, existing, mode);
        self.0.push(Made::File(written.with_context(|| format!("`{}`", path.display()))?));
        Ok(())
    }

    /// Whether `path` leads to a file that was written here: the names of two files may be one name
    /// to the file system.
    pub(crate) fn wrote(&self, path: &Path) -> bool {
        let Ok(metadata) = path.symlink_metadata() else { return false };
        let id = FileId::of(&metadata);
        self.0.iter().any(|made| matches!(made, Made::File(file) if file.id().is_some_and(|of| of == id)))
    }

    /// Keeps everything. What could not be tidied up is returned.
    pub(crate) fn commit(mut self) -> Vec<anyhow::Error> {
        let commit = |made| match made {
            Made::File(file) => file.commit().err(),
            Made::Folder(_) => None,
        };
        self.0.drain(..).filter_map(commit).collect()
    }

    /// Undoes everything, because of an error, which then says what could not be undone.
    pub(crate) fn undo(mut self, because: Error) -> Error {
        let left: Vec<String> = self.undo_all().iter().map(|left| format!("{left:#}")).collect();
        if left.is_empty() { because } else { because.with_more(&format!("; {}", left.join("; "))) }
    }

    fn undo_all(&mut self) -> Vec<anyhow::Error> {
        let undo = |made| match made {
            Made::Folder(path) => remove_folder(&path).err(),
            Made::File(file) => file.undo().err(),
        };
        self.0.drain(..).rev().filter_map(undo).collect()
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        self.undo_all();
    }
}

/// The error for files that would be written and exist.
pub(crate) fn exist_already(names: &[String]) -> Error {
    let verb = if names.len() == 1 { "exists" } else { "exist" };
    Error::input(format!("`{}` {verb} already, so nothing was written", names.join("`, `")))
}

/// Removes a folder unless somebody has put something into it.
fn remove_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::remove_dir(path).with_context(|| format!("the folder `{}` cannot be removed", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Every name below a folder, with what it holds.
    fn tree(folder: &Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                found.push((entry.display().to_string(), String::new()));
                found.extend(tree(&entry));
            } else {
                found.push((entry.display().to_string(), std::fs::read_to_string(&entry).unwrap()));
            }
        }
        found.sort();
        found
    }

    fn write_some(root: &Path, together: &mut Together) {
        together.folder(&root.join("a/b")).unwrap();
        together.file(&root.join("a/b/new"), b"new", Existing::Refuse, Mode::Usual).unwrap();
        together.file(&root.join("old"), b"replaced", Existing::KeepAside, Mode::Usual).unwrap();
    }

    fn prepared() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("old"), "mine").unwrap();
        std::fs::set_permissions(root.path().join("old"), std::fs::Permissions::from_mode(0o640)).unwrap();
        root
    }

    #[test]
    fn what_is_not_committed_is_undone_whichever_way_it_ends() {
        for drops in [true, false] {
            let root = prepared();
            let before = tree(root.path());
            let mut together = Together::default();
            write_some(root.path(), &mut together);
            assert_ne!(tree(root.path()), before);
            if drops {
                drop(together);
            } else {
                assert_eq!(together.undo(Error::input("why")).message(), "why");
            }
            assert_eq!(tree(root.path()), before, "{drops}");
        }
    }

    #[test]
    fn what_is_committed_stays_with_its_mode_and_nothing_beside_it() {
        let root = prepared();
        let mut together = Together::default();
        write_some(root.path(), &mut together);
        assert_eq!(together.commit().len(), 0);
        let at = |name: &str| root.path().join(name);
        let text = |name: &str| std::fs::read_to_string(at(name)).unwrap();
        assert_eq!((text("old"), text("a/b/new")), ("replaced".to_owned(), "new".to_owned()));
        assert_eq!(tree(root.path()).len(), 4);
        assert_eq!(at("old").metadata().unwrap().permissions().mode() & 0o777, 0o640, "that of the earlier file");
        // What the mask of this process leaves of 0666, as another program would make it.
        std::fs::write(at("plain"), "").unwrap();
        let usual = at("plain").metadata().unwrap().permissions();
        assert_eq!(at("a/b/new").metadata().unwrap().permissions(), usual);
    }

    #[test]
    fn a_folder_that_somebody_has_put_something_into_is_left_and_named() {
        let root = prepared();
        let mut together = Together::default();
        write_some(root.path(), &mut together);
        std::fs::write(root.path().join("a/theirs"), "theirs").unwrap();
        let error = together.undo(Error::input("why"));
        let said = error.message();
        assert!(said.starts_with("why; the folder `") && said.contains("/a`"), "{said}");
        assert_eq!(std::fs::read_to_string(root.path().join("a/theirs")).unwrap(), "theirs");
    }

    #[test]
    fn a_second_name_of_a_file_that_was_written_is_told() {
        let root = tempfile::tempdir().unwrap();
        let (one, other) = (root.path().join("a.ts"), root.path().join("A.ts"));
        let mut together = Together::default();
        assert!(!together.wrote(&one));
        together.file(&one, b"1", Existing::Refuse, Mode::Usual).unwrap();
        // As a file system sees it that does not tell cases apart.
        std::fs::hard_link(&one, &other).unwrap();
        assert!(together.wrote(&one) && together.wrote(&other));
        std::fs::write(root.path().join("b.ts"), "2").unwrap();
        assert!(!together.wrote(&root.path().join("b.ts")) && !together.wrote(&root.path().join("c.ts")));
        std::fs::remove_file(&other).unwrap();
    }
}
