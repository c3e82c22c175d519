//! The files of a deployment, with names that are safe to write: a name from the server never leads
//! out of the folder that a person named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::wire;
use crate::api::wire::limits::MAX_FILES;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::sanitise::is_hostile;

/// The longest path, in bytes: what Linux takes in one call (`PATH_MAX`).
const LONGEST_PATH: usize = 4096;
/// The longest name of a file or a folder, in bytes: what the usual file systems take.
const LONGEST_NAME: usize = 255;
/// The most files. The platform may add some of its own to those of a deploy; each is kept open
/// until all are written, and macOS lets a process have 256 of them.
const MOST_FILES: usize = 10 * MAX_FILES;

/// A path with `/` between its parts, that stays inside of whatever folder it is joined to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct InnerPath(String);

impl InnerPath {
    /// `None` if the path is not plain: absolute, `.`, `..` or hidden or empty parts (a deploy
    /// takes no hidden file), backslashes, drive letters, characters that hide or do something
    /// instead of being read, too long.
    fn parse(path: &str) -> Option<Self> {
        let is_plain = |part: &str| {
            let is_drive = part.as_bytes().get(1) == Some(&b':') && part.starts_with(|c: char| c.is_ascii_alphabetic());
            !part.is_empty() && !part.starts_with('.') && !is_drive && part.len() <= LONGEST_NAME
        };
        let is_inner = path.len() <= LONGEST_PATH
            && !path.contains(|c: char| is_hostile(c) || c == '\\')
            && path.split('/').all(is_plain);
        is_inner.then(|| Self(path.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it is in a folder.
    pub(super) fn below(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }

    /// The folders that it is in, the outermost first.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }
}

/// A file of a deployment.
#[derive(Debug)]
pub(super) struct ArtifactFile {
    pub(super) path: InnerPath,
    pub(super) content: Vec<u8>,
}

/// Reads an answer, as a whole or not at all.
///
/// # Errors
/// `API_ERROR` for names that are not plain or cannot be together in a folder, and for contents
/// that are not base64. `NOT_FOUND` for a deployment without files.
pub(super) fn parse(answer: wire::Artifact) -> Result<Vec<ArtifactFile>, Error> {
    let wrong =
        |what: String| Error::new(ErrorCode::ApiError, format!("The server's answer {what}; nothing was written"));
    if answer.files.is_empty() {
        return Err(Error::new(ErrorCode::NotFound, "The deployment has no files"));
    }
    if answer.files.len() > MOST_FILES {
        return Err(wrong(format!("has {} files; {MOST_FILES} are the most that are written", answer.files.len())));
    }
    let mut paths = BTreeSet::new();
    let mut files = Vec::with_capacity(answer.files.len());
    for wire::ArtifactFile { path, content } in answer.files {
        let Some(inner) = InnerPath::parse(&path) else {
            return Err(wrong(format!("has a file `{path}`, which is no plain path inside of a folder")));
        };
        if !paths.insert(inner.clone()) {
            return Err(wrong(format!("has the file `{path}` twice")));
        }
        let content = STANDARD.decode(&content);
        let content = content.map_err(|_| wrong(format!("has a file `{path}` whose content is not base64")))?;
        files.push(ArtifactFile { path: inner, content });
    }
    let both = files.iter().flat_map(|file| file.path.folders()).find(|folder| {
        // A folder has a name that was plain as a part of a path.
        paths.contains(&InnerPath((*folder).to_owned()))
    });
    match both {
        Some(both) => Err(wrong(format!("has `{both}` as a file and as a folder"))),
        None => Ok(files),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn answer(paths: &[&str]) -> wire::Artifact {
        let file = |path: &&str| wire::ArtifactFile { path: (*path).to_owned(), content: STANDARD.encode(path) };
        wire::Artifact { files: paths.iter().map(file).collect() }
    }

    #[test]
    fn a_name_that_leaves_the_folder_or_is_not_plain_is_refused() {
        let long_name = "x".repeat(LONGEST_NAME + 1);
        let long_path = format!("{}x", "x/".repeat(LONGEST_PATH / 2));
        for path in [
            "",
            "/",
            "/etc/passwd",
            "//x",
            "..",
            "../x",
            "a/../x",
            "a/..",
            ".",
            "./x",
            "a/./x",
            "a//x",
            "a/",
            "..\\x",
            "a\\..\\..\\x",
            "C:x",
            "C:/x",
            "c:\\x",
            "a/D:x",
            "\0",
            "a\0.ts",
            "a\nb",
            "a\rb",
            "a\u{7f}",
            "a\u{85}b",
            "\u{1b}[2J",
            "a\u{202e}st.exe.ts",
            "zero\u{200b}width",
            "a\u{2029}b",
            ".bashrc",
            ".git/config",
            "a/.ssh/authorized_keys",
            "...",
            "..x",
            &long_name,
            &long_path,
        ] {
            assert_eq!(InnerPath::parse(path), None, "{path:?}");
            let refused = parse(answer(&["index.ts", path])).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::ApiError, "{path:?}");
        }
    }

    #[test]
    fn plain_names_are_taken_as_they_are() {
        let longest = "x".repeat(LONGEST_NAME);
        let paths =
            ["index.ts", "a/b/c.json", "a/b.c..d", "ñandú.md", "with blank.txt", "C", "ab:c", "-rf", "~", &longest];
        let files = parse(answer(&paths)).unwrap();
        assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), paths);
        for file in files {
            let below = file.path.below(Path::new("/root/of"));
            assert!(below.starts_with("/root/of/") && !below.iter().any(|part| part == ".."), "{below:?}");
            assert_eq!(file.content, file.path.as_str().as_bytes());
        }
    }

    #[test]
    fn names_that_cannot_be_together_are_refused() {
        for paths in [&["a", "a"][..], &["a/b", "a"], &["a", "a/b"], &["x", "a/b/c", "a/b"], &["a/b", "a/b/c/d"]] {
            assert_eq!(parse(answer(paths)).unwrap_err().code(), ErrorCode::ApiError, "{paths:?}");
        }
        parse(answer(&["a/b", "a/c", "ab", "A/b"])).unwrap();
        let many: Vec<String> = (0..=MOST_FILES).map(|number| format!("{number}.ts")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(parse(answer(&many)).unwrap_err().code(), ErrorCode::ApiError);
        assert_eq!(parse(answer(&many[1..])).unwrap().len(), MOST_FILES);
        assert_eq!(parse(answer(&[])).unwrap_err().code(), ErrorCode::NotFound);
    }

    #[test]
    fn a_content_that_is_no_base64_is_refused() {
        for content in ["%", "YQ", "YQ=", "Y Q==", "YQ==\n", "YR=="] {
            let file = wire::ArtifactFile { path: "a".to_owned(), content: content.to_owned() };
            let refused = parse(wire::Artifact { files: vec![file] }).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::ApiError, "{content:?}");
        }
    }

    #[test]
    fn the_folders_of_a_path_are_told_from_the_outside() {
        let folders = |path: &str| InnerPath::parse(path).unwrap().folders().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(folders("a"), [""; 0]);
        assert_eq!(folders("a/b/c"), ["a", "a/b"]);
    }
}
