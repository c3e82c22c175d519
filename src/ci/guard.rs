//! Is our stdout the job's own log?
//!
//! A runner starts the step's shell with a stdout of the runner's making: a pipe, a socket, a terminal or a file that it
//! reads. Whatever inherits that stdout prints into the log. A script that wants the value for itself gives us another
//! stdout, and it is always a process *inside* the step that makes it: the shell of `$(…)`, `|`, `>`, or a program that
//! captures what its children print.
//!
//! So we go up the process tree as long as our ancestors have the very stdout that we have. The first one that has another
//! made ours, and the question is whether that **maker** is the runner or is part of the step:
//!
//! - it is part of the step if it is a shell (a shell that exports the CI's variables to its children need not have them
//!   itself, and neither has the one of `T=$(CI=true bash -c …)`), or if it or an ancestor of it has the CI's variables;
//! - it is the runner if it has none of that, its child below is the step's shell, and it holds our stdout open. The last
//!   point tells a script's own redirection apart: during `{ …; } > FILE`, `f > >(cat)` and after `exec > FILE` the step's
//!   shell itself has the redirected stdout, but the runner does not hold it.
//!
//! Everything else is in doubt, and then there is no guard: process 1 and processes adopted by it, containers whose
//! runner is outside, ancestors of other users, systems without `/proc`. We never judge by ourselves alone: if our own
//! parent made our stdout, it might be a program that asked for the value. To refuse by mistake would break a pipeline
//! that does everything right; to miss a case leaves the mask.

use super::detect::Detection;
use super::streams::{FdKind, FileId};

pub mod programs;

#[cfg(target_os = "linux")]
pub mod proc_fs;

/// Where our stdout leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into the job's own log.
    JobLog,
    /// To something inside the step: a shell's variable, a pipe, a file.
    Elsewhere,
    /// It cannot be told.
    Unknown,
}

impl Destination {
    /// Finds out for this process.
    pub fn observe(detection: &Detection) -> Self {
        if detection.is_ci() { Self::of_process(std::process::id(), detection) } else { Self::Unknown }
    }

    /// Finds out for a process, given the CI system around it.
    #[cfg(target_os = "linux")]
    pub fn of_process(pid: u32, detection: &Detection) -> Self {
        decide(&proc_fs::lineage(pid, detection))
    }

    /// Finds out for a process: there is no process tree to read here.
    #[cfg(not(target_os = "linux"))]
    pub fn of_process(_pid: u32, _detection: &Detection) -> Self {
        Self::Unknown
    }
}

/// A process, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What it is.
    pub role: Role,
    /// Whether its environment has the variables of a CI system; nothing if that could not be read.
    pub in_job: Option<bool>,
    /// Its stdout; nothing if that is closed or could not be read.
    pub stdout: Option<FileId>,
    /// Whether it holds the stdout of the first process of the lineage open under any number.
    pub holds_our_stdout: bool,
}

/// What a program is good for in a process tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It runs scripts.
    Shell,
    /// It is known to run the steps of a CI system, whatever variables it has itself.
    Agent,
    /// It adopts orphans or logs people in, so that nothing follows from being its child.
    Reaper,
    /// Anything else.
    Program,
}

/// Decides from a lineage: a process, its parent, and so on as far as they could be read.
pub fn decide(lineage: &[Process]) -> Destination {
    let Some(ours) = lineage.first().and_then(|process| process.stdout) else { return Destination::Unknown };
    let Some(maker_at) = lineage.iter().position(|process| process.stdout != Some(ours)) else {
        return Destination::Unknown;
    };
    let (maker, heir) = (&lineage[maker_at], &lineage[maker_at - 1]);
    if maker.stdout.is_none() || maker.pid <= 1 || maker.role == Role::Reaper {
        return Destination::Unknown;
    }
    if maker.role != Role::Agent {
        let in_job = lineage[maker_at..].iter().any(|process| process.in_job == Some(true));
        if maker.role == Role::Shell || in_job {
            return Destination::Elsewhere;
        }
        if maker.in_job.is_none() {
            return Destination::Unknown;
        }
    }
    let heir_is_step_shell = maker_at > 1 && (heir.role == Role::Shell || heir.in_job == Some(true));
    if heir_is_step_shell && is_made_by(maker, ours) { Destination::JobLog } else { Destination::Unknown }
}

/// Whether this maker made the file that is our stdout, rather than the shell below it by a redirection of its own.
///
/// The near end of a socket or a terminal is another file than ours, so that we cannot see it held. Shells make sockets too
/// (`exec > /dev/tcp/HOST/PORT` in bash; the pipes of ksh93), and a terminal is rather a person's. So both count only if the
/// maker is known to run steps (Node.js connects its children by sockets; Buildkite's agent runs them in a terminal).
fn is_made_by(maker: &Process, ours: FileId) -> bool {
    match ours.kind {
        FdKind::Pipe | FdKind::File => maker.holds_our_stdout,
        FdKind::Socket | FdKind::Terminal => maker.role == Role::Agent,
        FdKind::Closed | FdKind::DevNull | FdKind::Other => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
