//! The files that a step may write to: `GITHUB_ENV`, `GITHUB_OUTPUT`, `GITHUB_STATE`,
//! `GITHUB_PATH`, `GITHUB_STEP_SUMMARY`.

use std::fs;
use std::path::{Path, PathBuf};

const NAMES: [&str; 5] = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"];

/// The files of one step, created empty.
pub struct EnvFiles {
    files: Vec<(&'static str, PathBuf)>,
}

impl EnvFiles {
    pub fn create(folder: &Path, step: usize) -> Self {
        fs::create_dir_all(folder).unwrap();
        let create = |name: &'static str| {
            let file = folder.join(format!("{}_{step}", name.to_ascii_lowercase()));
            fs::write(&file, "").unwrap();
            (name, file)
        };
        Self { files: NAMES.into_iter().map(create).collect() }
    }

    /// The variables that name the files.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.files.iter().map(|(name, file)| (*name, file.as_path()))
    }

    pub fn env(&self) -> Result<Vec<(String, String)>, String> {
        pairs(&self.read("GITHUB_ENV"))
    }

    pub fn outputs(&self) -> Result<Vec<(String, String)>, String> {
        pairs(&self.read("GITHUB_OUTPUT"))
    }

    pub fn state(&self) -> Result<Vec<(String, String)>, String> {
        pairs(&self.read("GITHUB_STATE"))
    }

    pub fn path(&self) -> Vec<String> {
        self.read("GITHUB_PATH").lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    pub fn summary(&self) -> String {
        self.read("GITHUB_STEP_SUMMARY")
    }

    fn read(&self, name: &str) -> String {
        let (_, file) = self.files.iter().find(|(other, _)| *other == name).unwrap();
        fs::read_to_string(file).unwrap().trim_start_matches('\u{feff}').to_owned()
    }
}

/// `EnvFileKeyValuePairs`: lines end at `\n` alone, blank ones are skipped; `NAME=VALUE`, or
/// `NAME<<DELIMITER`, lines, and a line that equals the delimiter. The error quotes the line, as
/// the runner does.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let plain = line.split_once('=').filter(|(name, _)| !name.contains("<<"));
        if let Some((name, value)) = plain {
            pairs.push((name.to_owned(), value.to_owned()));
        } else if let Some((name, delimiter)) = line.split_once("<<") {
            if name.is_empty() || delimiter.is_empty() {
                return Err(format!("Invalid format '{line}'. Name must not be empty and delimiter must not be empty"));
            }
            let mut value = Vec::new();
            loop {
                match lines.next() {
                    None => return Err(format!("Invalid value. Matching delimiter not found '{delimiter}'")),
                    Some(line) if line == delimiter => break,
                    Some(line) => value.push(line),
                }
            }
            pairs.push((name.to_owned(), value.join("\n")));
        } else {
            return Err(format!("Invalid format '{line}'"));
        }
    }
    Ok(pairs)
}
