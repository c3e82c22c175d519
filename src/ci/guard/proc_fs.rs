//! Reading a lineage from Linux's `/proc`. Where there is none, nothing is found.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::programs::{self, Role};
use super::readers::Reader;
use crate::ci::detect::Detection;
use crate::ci::streams::OpenFile;

/// How many ancestors are read: far more than a real tree has.
const DEEPEST: usize = 128;

/// A process, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub role: Role,
    /// Whether its environment has the variables of a CI system; nothing if that could not be read.
    pub in_job: Option<bool>,
    /// Its stdout; nothing if that is closed or could not be read.
    pub stdout: Option<OpenFile>,
    /// Whether it holds the stdout of the first process of the lineage open under any number.
    pub holds_our_stdout: bool,
}

/// A process and its ancestors, nearest first, as far as `/proc` shows them. Empty if there is no
/// `/proc`, or if it shows another process namespace than ours.
pub fn lineage(pid: u32, detection: &Detection) -> Vec<Process> {
    if !shows_this_process() {
        return Vec::new();
    }
    let ours = stdout_of(&folder(pid));
    let mut lineage = Vec::new();
    let mut next = pid;
    while next != 0 && lineage.len() < DEEPEST {
        let folder = folder(next);
        let Some(parent) = parent_of(&folder) else { break };
        lineage.push(read(next, &folder, detection, ours));
        next = parent;
    }
    lineage
}

/// Whether there is a `/proc`, and it shows our own process namespace.
pub(super) fn shows_this_process() -> bool {
    fs::read_link("/proc/self").is_ok_and(|link| link == Path::new(&std::process::id().to_string()))
}

/// A process that can read what we write.
pub(super) fn reader(pid: u32, detection: &Detection) -> Reader {
    let folder = folder(pid);
    Reader { role: role_of(&folder), in_job: is_in_job(&folder, detection) }
}

fn is_in_job(folder: &Path, detection: &Detection) -> Option<bool> {
    environment_of(folder).map(|env| detection.is_shared_by(&|name| env.get(name).cloned()))
}

fn folder(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

fn read(pid: u32, folder: &Path, detection: &Detection, ours: Option<OpenFile>) -> Process {
    let stdout = stdout_of(folder);
    Process {
        pid,
        role: role_of(folder),
        in_job: is_in_job(folder, detection),
        stdout,
        holds_our_stdout: stdout == ours || ours.is_some_and(|ours| holds(folder, ours)),
    }
}

fn stdout_of(folder: &Path) -> Option<OpenFile> {
    OpenFile::of_path(&folder.join("fd/1"))
}

/// Whether the process has this file open under any number.
fn holds(folder: &Path, file: OpenFile) -> bool {
    fs::read_dir(folder.join("fd"))
        .is_ok_and(|entries| entries.flatten().any(|entry| OpenFile::of_path(&entry.path()) == Some(file)))
}

/// The parent, from `/proc/PID/stat` (proc(5)): the second field after the program's name, which is
/// in parentheses and may itself hold parentheses.
fn parent_of(folder: &Path) -> Option<u32> {
    let stat = fs::read(folder.join("stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The environment that the process was started with; nothing if it may not be read.
fn environment_of(folder: &Path) -> Option<HashMap<String, String>> {
    let environ = fs::read(folder.join("environ")).ok()?;
    let entries = environ.split(|&byte| byte == 0).filter_map(|entry| {
        let entry = String::from_utf8_lossy(entry);
        entry.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    });
    Some(entries.collect())
}

/// By the executable: the name of a process is that of the script for `#!/bin/sh`. This program is
/// known whatever its file is called.
fn role_of(folder: &Path) -> Role {
    let is_this = OpenFile::of_path(Path::new("/proc/self/exe"))
        .is_some_and(|this| OpenFile::of_path(&folder.join("exe")) == Some(this));
    let executable = fs::read_link(folder.join("exe")).ok();
    let name = executable
        .as_deref()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().trim_end_matches(" (deleted)").to_owned())
        .or_else(|| fs::read_to_string(folder.join("comm")).ok().map(|name| name.trim_end().to_owned()))
        .unwrap_or_default();
    let arguments = fs::read(folder.join("cmdline")).unwrap_or_default();
    let arguments: Vec<_> =
        arguments.split(|&byte| byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect();
    programs::role(if is_this { programs::THIS } else { &name }, &arguments)
}
