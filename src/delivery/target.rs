//! What a sink writes to, so that two sinks of one target are refused: the second would destroy
//! what the first wrote.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use crate::files::{FileId, folder_of};
use crate::typed_path;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A file, whatever its name.
    File {
        file: FileKey,
        /// The kind of sink and the variable, where several variables can share the file; nothing
        /// if the sink takes the whole file.
        variable: Option<(&'static str, String)>,
    },
    /// A name in a store that is not a file of this machine.
    Named { store: &'static str, name: String },
}

/// Takes a path that can name a file. The error is the reason alone.
pub(super) fn file_path(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.ends_with('/') || path.file_name().is_none() {
        return Err("the path names a folder".to_owned());
    }
    typed_path::parse(path.to_owned())
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FileKey {
    Existing(FileId),
    /// A file that does not exist yet: its folder, and its name there.
    New(FileId, OsString),
    /// A file in a folder that does not exist.
    Nowhere(PathBuf),
}

impl FileKey {
    fn of(path: &Path) -> Self {
        // Follows symbolic links: most sinks refuse them, but the link and its file are one target
        // all the same.
        if let Ok(metadata) = path.metadata() {
            return Self::Existing(FileId::of(&metadata));
        }
        match (folder_of(path).metadata(), path.file_name()) {
            (Ok(folder), Some(name)) => Self::New(FileId::of(&folder), name.to_owned()),
            _ => Self::Nowhere(path.to_owned()),
        }
    }
}

impl Target {
    pub(super) fn file(path: &Path) -> Self {
        Self::File { file: FileKey::of(path), variable: None }
    }

    /// The file that is open with this metadata, whatever its name.
    pub(super) fn open_file(metadata: &Metadata) -> Self {
        Self::File { file: FileKey::Existing(FileId::of(metadata)), variable: None }
    }

    pub(super) fn variable_in(path: &Path, kind: &'static str, variable: &str) -> Self {
        Self::File { file: FileKey::of(path), variable: Some((kind, variable.to_owned())) }
    }

    pub(super) fn named(store: &'static str, name: impl Into<String>) -> Self {
        Self::Named { store, name: name.into() }
    }

    /// Whether writing to both would destroy one of them. Two kinds of sink do not share a file:
    /// each expects a format of its own.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::File { file: one, variable: Some((kind, variable)) },
                Self::File { file: two, variable: Some((other_kind, other_variable)) },
            ) => one == two && (kind != other_kind || variable == other_variable),
            (Self::File { file: one, .. }, Self::File { file: two, .. }) => one == two,
            _ => self == other,
        }
    }
}
