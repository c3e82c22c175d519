//! The files that a step may write to: `GITHUB_ENV`, `GITHUB_OUTPUT`, `GITHUB_STATE`,
//! `GITHUB_PATH`, `GITHUB_STEP_SUMMARY`.

use std::io;
use std::path::{Path, PathBuf};

use super::job::Job;
use super::lines;

/// The variables that name the files, and how the files are called.
const FILES: [(&str, &str); 5] = [
    (PATH, "add_path_"),
    (ENV, "set_env_"),
    (SUMMARY, "step_summary_"),
    (STATE, "save_state_"),
    (OUTPUT, "set_output_"),
];

const ENV: &str = "GITHUB_ENV";
const OUTPUT: &str = "GITHUB_OUTPUT";
const PATH: &str = "GITHUB_PATH";
const STATE: &str = "GITHUB_STATE";
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// In bytes; a longer summary is not uploaded.
const LONGEST_SUMMARY: usize = 1024 * 1024;

/// A name and its value.
type Pair = (String, String);

/// The files of one step.
#[derive(Debug)]
pub struct EnvFiles {
    files: Vec<(&'static str, PathBuf)>,
}

/// What a step leaves to those after it, besides its outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForNextSteps {
    /// Variables.
    pub env: Vec<Pair>,
    /// Folders that come first on `PATH`, the last one before the others.
    pub path: Vec<String>,
    /// What the `post` part of the same action gets.
    pub state: Vec<Pair>,
    /// The summary as it is uploaded.
    pub summary: String,
}

impl EnvFiles {
    /// Creates them empty; `step` tells them from those of another step.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(folder: &Path, step: &str) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let create = |(name, prefix)| {
            let file = folder.join(format!("{prefix}{step}"));
            std::fs::write(&file, "").map(|()| (name, file))
        };
        Ok(Self { files: FILES.into_iter().map(create).collect::<io::Result<_>>()? })
    }

    /// The variables that name the files.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.files.iter().map(|(name, file)| (*name, file.as_path()))
    }

    /// Takes in what the step wrote: outputs go to the job, which also logs what cannot be read.
    pub fn take_in(&self, job: &mut Job) -> ForNextSteps {
        let mut next = ForNextSteps::default();
        for (name, file) in self.variables() {
            let text = match std::fs::read(file) {
                // A byte order mark is taken away, as by `File.ReadAllText`.
                Ok(bytes) => {
                    String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).into_owned()
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    fail(job, name, &error.to_string());
                    continue;
                }
            };
            match name {
                PATH => {
                    let folders = lines::split(text.as_bytes());
                    for folder in folders.into_iter().filter(|folder| !folder.is_empty()) {
                        next.path.retain(|other| *other != folder);
                        next.path.push(folder);
                    }
                }
                ENV => next.env = pairs_of(job, name, &text).into_iter().filter(|pair| may_be_set(job, pair)).collect(),
                STATE => next.state = pairs_of(job, name, &text),
                OUTPUT => {
                    let outputs = pairs_of(job, name, &text);
                    let (named, nameless): (Vec<Pair>, Vec<Pair>) =
                        outputs.into_iter().partition(|(name, _)| !name.is_empty());
                    job.set_outputs(named);
                    if !nameless.is_empty() {
                        fail(job, name, "Value cannot be null. (Parameter 'name')");
                    }
                }
                _ => next.summary = summary(job, &text),
            }
        }
        next
    }
}

/// The pairs of a file up to the first line that cannot be read, which fails the step.
fn pairs_of(job: &mut Job, name: &str, text: &str) -> Vec<Pair> {
    let (pairs, wrong) = pairs(text);
    if let Some(reason) = wrong {
        fail(job, name, &reason);
    }
    pairs
}

fn fail(job: &mut Job, name: &str, reason: &str) {
    let file = name.trim_start_matches("GITHUB_").to_ascii_lowercase();
    job.fail(&format!("Unable to process file command '{file}' successfully."));
    job.fail(reason);
}

fn may_be_set(job: &mut Job, (name, _): &Pair) -> bool {
    let is_blocked = name.eq_ignore_ascii_case("NODE_OPTIONS");
    if is_blocked {
        job.write("##[error]Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
    }
    !is_blocked
}

/// The summary line by line, masked.
fn summary(job: &mut Job, text: &str) -> String {
    if text.len() > LONGEST_SUMMARY {
        job.write(&format!(
            "##[error]$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {}k, got {}k. For more \
             information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions\
             #adding-a-markdown-summary",
            LONGEST_SUMMARY / 1024,
            text.len() / 1024
        ));
        return String::new();
    }
    lines::split(text.as_bytes()).iter().map(|line| job.masked(line) + "\n").collect()
}

/// `EnvFileKeyValuePairs`: lines end at `\n` alone, blank ones are skipped; `NAME=VALUE`, or
/// `NAME<<DELIMITER`, lines, and a line that equals the delimiter. With the pairs up to it, what is
/// wrong with the first line that is neither; it quotes the line, as the runner does.
fn pairs(text: &str) -> (Vec<Pair>, Option<String>) {
    let mut pairs = Vec::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let plain = line.split_once('=').filter(|(name, _)| !name.contains("<<"));
        if let Some((name, value)) = plain {
            pairs.push((name.to_owned(), value.to_owned()));
        } else if let Some((name, delimiter)) = line.split_once("<<") {
            if name.is_empty() || delimiter.is_empty() {
                let why = "Name must not be empty and delimiter must not be empty";
                return (pairs, Some(format!("Invalid format '{line}'. {why}")));
            }
            let Some(end) = lines.clone().position(|line| line == delimiter) else {
                let is_cut_off = lines.next().is_some() && !text.ends_with('\n');
                let why = if is_cut_off {
                    "Invalid value. EOF marker missing new line.".to_owned()
                } else {
                    format!("Invalid value. Matching delimiter not found '{delimiter}'")
                };
                return (pairs, Some(why));
            };
            let value: Vec<&str> = lines.by_ref().take(end).collect();
            // The line that ends it.
            lines.next();
            pairs.push((name.to_owned(), value.join("\n")));
        } else {
            return (pairs, Some(format!("Invalid format '{line}'")));
        }
    }
    (pairs, None)
}
