//! What a folder uploads: the limits are checked here, before any request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::wire::limits::{EXTENSIONS, MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES};
use crate::api::wire::{FileContent, FileSize};
use crate::config::project::FILE;
use crate::error::Error;

/// The extensions of files that may be the entrypoint.
const CODE: [&str; 2] = ["ts", "js"];

/// Folders that are left out without a word, with everything hidden.
const LEFT_OUT: [&str; 2] = ["node_modules", "dist"];

/// What a folder uploads.
#[derive(Debug)]
pub struct Bundle {
    /// The files, sorted by path.
    pub files: Vec<FileContent>,
    /// Their sizes, in the same order.
    pub sizes: Vec<FileSize>,
    /// All files together, in bytes.
    pub bytes: usize,
    /// Files of another kind, which stay here.
    pub skipped: Vec<String>,
}

/// Whether a deploy takes a file of this path, and the platform can start it. That it exists is not
/// asked.
///
/// # Errors
/// `INPUT_ERROR` that says why not.
pub(crate) fn check_entrypoint(entrypoint: &str) -> Result<(), Error> {
    let wrong = |why: &str| Error::input(format!("`{FILE}`: the entrypoint `{entrypoint}` {why}"));
    for part in entrypoint.split('/') {
        if matches!(part, "" | "." | "..") || part.contains('\\') {
            return Err(wrong("is no plain path in the folder")
                .with_hint("write it with `/` between the folders, such as `src/main.ts`"));
        }
        if is_left_out(part) {
            return Err(wrong(&format!("is never deployed, since `{part}` is left out"))
                .with_hint("hidden files and folders, `node_modules` and `dist` are left out"));
        }
    }
    let extension = Path::new(entrypoint).extension().and_then(|extension| extension.to_str());
    if extension.is_none_or(|extension| !CODE.contains(&extension)) {
        return Err(wrong("is no code that can be started").with_hint("it ends in `.ts` or `.js`"));
    }
    Ok(())
}

/// Whether nothing of this name is deployed.
fn is_left_out(name: &str) -> bool {
    name.starts_with('.') || LEFT_OUT.contains(&name)
}

impl Bundle {
    /// Reads a folder.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the file or the limit.
    pub fn read(folder: &Path, entrypoint: &str) -> Result<Self, Error> {
        check_entrypoint(entrypoint)?;
        let root = folder.canonicalize().map_err(|cause: std::io::Error| {
            Error::input(format!("{} cannot be read", folder.display())).caused_by(cause)
        })?;
        let mut walk = Walk { root: &root, found: BTreeMap::new(), skipped: Vec::new() };
        walk.folder(&root, "", 0)?;
        let Walk { found, mut skipped, .. } = walk;
        skipped.sort();
        if found.len() > MAX_FILES {
            return Err(Error::input(format!("{} files are more than the {MAX_FILES} of a deploy", found.len()))
                .with_hint("leave some out, or join them"));
        }
        if !found.contains_key(entrypoint) {
            return Err(Error::input(format!("The entrypoint `{entrypoint}` is not in {}", folder.display()))
                .with_hint("write it, or name another one as `entrypoint` in `jelou.json`"));
        }
        let mut bytes = 0;
        let (mut files, mut sizes) = (Vec::new(), Vec::new());
        for (path, file) in found {
            let content = read_limited(&file, &path)?;
            bytes += content.len();
            sizes.push(FileSize { path: path.clone(), size: content.len() as u64 });
            files.push(FileContent { path, content: STANDARD.encode(content) });
        }
        if bytes > MAX_TOTAL_BYTES {
            return Err(Error::input(format!("{bytes} bytes are more than the {MAX_TOTAL_BYTES} of a deploy")));
        }
        Ok(Self { files, sizes, bytes, skipped })
    }
}

/// Deeper than any project, so that a folder linked into itself ends.
const MAX_DEPTH: usize = 16;

struct Walk<'a> {
    root: &'a Path,
    found: BTreeMap<String, PathBuf>,
    skipped: Vec<String>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::input(format!("`{prefix}` is nested more than {MAX_DEPTH} folders deep")));
        }
        let wrong =
            |cause: std::io::Error| Error::input(format!("{} cannot be read", folder.display())).caused_by(cause);
        for entry in std::fs::read_dir(folder).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let Ok(name) = entry.file_name().into_string() else {
                return Err(Error::input(format!("{} is not a name in UTF-8", entry.path().display())));
            };
            if is_left_out(&name) {
                continue;
            }
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let real = entry
                .path()
                .canonicalize()
                .map_err(|cause: std::io::Error| Error::input(format!("`{path}` cannot be read")).caused_by(cause))?;
            if !real.starts_with(self.root) {
                return Err(Error::input(format!("`{path}` is a link that leaves the folder"))
                    .with_hint("copy the file into the folder instead"));
            }
            let leads_out = |part: &std::ffi::OsStr| part.to_str().is_none_or(is_left_out);
            if real.strip_prefix(self.root).is_ok_and(|inside| inside.iter().any(leads_out)) {
                return Err(Error::input(format!("`{path}` is a link to what is left out of a deploy"))
                    .with_hint("copy the file instead"));
            }
            self.entry(&real, path, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, real: &Path, path: String, depth: usize) -> Result<(), Error> {
        if real.is_dir() {
            return self.folder(real, &path, depth + 1);
        }
        let extension = real.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        if real.is_file() && EXTENSIONS.contains(&extension) {
            self.found.insert(path, real.to_owned());
        } else {
            self.skipped.push(path);
        }
        Ok(())
    }
}

fn read_limited(file: &Path, path: &str) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let wrong = |cause: std::io::Error| Error::input(format!("`{path}` cannot be read")).caused_by(cause);
    let mut content = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    std::fs::File::open(file).map_err(wrong)?.take(limit).read_to_end(&mut content).map_err(wrong)?;
    if content.len() > MAX_FILE_BYTES {
        return Err(Error::input(format!(
            "`{path}` is larger than the {} KiB that a file may have",
            MAX_FILE_BYTES / 1024
        )));
    }
    Ok(content)
}
