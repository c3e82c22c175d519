//! The files of this repository.

use std::path::{Path, PathBuf};

/// A path in the repository.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The content of a file of the repository.
pub fn read(relative: &str) -> String {
    std::fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// Every file below a folder whose name has an ending, relative to the repository, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![path(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_string_lossy().ends_with(ending) {
                let relative = entry.path().strip_prefix(path("")).expect("below").display().to_string();
                found.push(relative);
            }
        }
    }
    found.sort();
    found
}

/// Whether what is generated and committed is to be written instead of compared:
/// `JELOU_REGENERATE=1`.
pub fn regenerates() -> bool {
    std::env::var_os("JELOU_REGENERATE").is_some_and(|value| value == "1")
}
