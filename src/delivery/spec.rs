//! The `--to` option: its grammar, and what makes two of them name the same place.

use std::path::{Path, PathBuf};

use super::azure_variable::AzureVariable;
use super::bash_env::BashEnv;
use super::command::Command;
use super::dotenv::Dotenv;
use super::file::FileSink;
use super::function_secret::FunctionSecret;
use super::github_file::{GithubFile, GithubFileKind};
use super::sink::Sink;
use crate::config::private_file::folder_of;
use crate::error::Error;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};

/// Every kind of sink: how it is written, and what it does. Help, man page and error messages list these.
pub const KINDS: [(&str, &str); 9] = [
    ("stdout", "prints the value"),
    ("file:PATH", "writes the value to a new file of mode 0600, without a newline"),
    ("github-env:NAME", "sets a variable for the later steps of a GitHub Actions job"),
    ("github-output:NAME", "sets an output of a GitHub Actions step"),
    ("dotenv:PATH:NAME", "sets a variable in a dotenv file"),
    ("bash-env:NAME", "exports a variable in the file that `BASH_ENV` names (CircleCI)"),
    ("azure-var:NAME", "sets a secret variable for the later steps of an Azure Pipelines job"),
    ("secret:SLUG/KEY", "stores the value as a secret of another function"),
    ("command:CMD", "runs CMD with the value on its standard input"),
];

/// Reads one `--to` option. `force` lets `file:` replace an existing file.
pub(super) fn parse(spec: &str, force: bool) -> Result<Sink, Error> {
    if spec == "stdout" {
        return Ok(Sink::Stdout);
    }
    let Some((kind, rest)) = spec.split_once(':') else { return Err(unknown(spec)) };
    let parsed = match kind {
        "file" => FileSink::parse(rest, force).map(Sink::File),
        "github-env" => GithubFile::parse(GithubFileKind::Env, rest).map(Sink::GithubFile),
        "github-output" => GithubFile::parse(GithubFileKind::Output, rest).map(Sink::GithubFile),
        "dotenv" => Dotenv::parse(rest).map(Sink::Dotenv),
        "bash-env" => BashEnv::parse(rest).map(Sink::BashEnv),
        "azure-var" => AzureVariable::parse(rest).map(Sink::AzureVariable),
        "secret" => FunctionSecret::parse(rest).map(Sink::FunctionSecret),
        "command" => Command::parse(rest).map(Sink::Command),
        _ => return Err(unknown(spec)),
    };
    parsed.map_err(|reason| {
        // What follows `command:` is somebody's command line and may hold a secret of its own.
        let shown = if kind == "command" { "command:…".to_owned() } else { quotable(spec) };
        let known = KINDS.iter().find(|(form, _)| form.split(':').next() == Some(kind));
        let error = Error::input(format!("`--to {shown}` makes no sense: {reason}"));
        match known {
            Some((form, does)) => error.with_hint(format!("`{form}` {does}")),
            None => error,
        }
    })
}

fn unknown(spec: &str) -> Error {
    let known = KINDS.map(|(form, _)| format!("`{form}`")).join(", ");
    Error::input(format!("`--to {}` is not a known sink", quotable(spec))).with_hint(format!("known sinks are {known}"))
}

/// A token where a sink belongs is a slip that the error must not repeat.
fn quotable(spec: &str) -> String {
    if [RUNTIME_PREFIX, MANAGEMENT_PREFIX].iter().any(|prefix| spec.contains(prefix)) {
        return "…".to_owned();
    }
    spec.to_owned()
}

/// Where a sink writes. Two sinks of one plan must not [overlap](Place::overlaps).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What is written to: a file, or a store of named values.
    pub(super) container: PathBuf,
    /// The named value in it; nothing if the sink takes all of it.
    pub(super) entry: Option<String>,
}

impl Place {
    /// An entry of a store that is no file of ours.
    pub(super) fn entry_of(store: impl Into<PathBuf>, entry: impl Into<String>) -> Self {
        Self { container: store.into(), entry: Some(entry.into()) }
    }

    /// A file, or an entry in it. Different ways to write one path are the same place.
    pub(super) fn file(path: &Path, entry: Option<&str>) -> Self {
        let folder = folder_of(path);
        let folder =
            folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned());
        let container = path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name));
        Self { container, entry: entry.map(str::to_owned) }
    }

    /// Whether writing to both would make one of them wrong.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.container == other.container
            && (self.entry.is_none() || other.entry.is_none() || self.entry == other.entry)
    }
}
