//! Is our stdout the job's own log?
//!
//! A runner starts the step's shell with a stdout that the runner made: a pipe, a socket, a
//! terminal or a file that it reads. What inherits that stdout prints into the log. A script that
//! captures the value gives us another stdout, which a process *inside* the step makes: the shell
//! of `$(…)`, `|`, `>`, or a program that captures what its children print.
//!
//! So we go up the process tree as long as our ancestors have the very stdout that we have. The
//! first ancestor with another stdout made ours. This **maker** is either the runner or part of the
//! step:
//!
//! - It is part of the step if it is a shell, or if it or an ancestor of it has the CI's variables.
//!   (A shell that exports the CI's variables to its children need not have them itself, and
//!   neither has the one of `T=$(CI=true bash -c …)`.)
//! - It is the runner if it has none of that, its child below is the step's shell, and it holds our
//!   stdout open. The last point excludes a script's own redirection: during `{ …; } > FILE` and
//!   after `exec > FILE` the step's shell itself has the redirected stdout, but the runner does not
//!   hold it. `jelou sandbox run --as` is a runner whose step may be any program, `jelou` itself too.
//!
//! In every other case nothing is known, and then there is no guard: process 1 and processes
//! adopted by it, containers whose runner is outside, ancestors of other users, systems without
//! `/proc`. If our own parent made our stdout, it might be a program that asked for the value, so
//! that alone is no proof. It is one where the parent is known to run steps and holds our stdout:
//! then the step's shell has become us (`exec jelou …`). A false refusal would break a correct
//! pipeline; a missed case still leaves the mask.

use super::detect::Detection;
use super::streams::{FdKind, OpenFile};

pub mod proc_fs;
mod programs;
mod readers;

pub use proc_fs::Process;
use programs::Role;
pub(super) use readers::stderr_is_read_by_step;

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

/// Where the stdout of this process leads.
pub(super) fn observe(detection: &Detection) -> Destination {
    if detection.is_ci() { decide(&proc_fs::lineage(std::process::id(), detection)) } else { Destination::Unknown }
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
    if !matches!(maker.role, Role::Agent | Role::Emulator) {
        let in_job = lineage[maker_at..].iter().any(|process| process.in_job == Some(true));
        if maker.role == Role::Shell || in_job {
            return Destination::Elsewhere;
        }
        if maker.in_job.is_none() {
            return Destination::Unknown;
        }
    }
    let heir_is_step_shell = maker_at > 1 && (heir.role == Role::Shell || heir.in_job == Some(true));
    // What an emulator starts is the step, with or without a shell. So is what an agent starts and
    // reads: the shell may have become another program (`exec`).
    let is_read_by_agent = maker.role == Role::Agent && maker.holds_our_stdout;
    let heir_is_step = heir_is_step_shell || is_read_by_agent || maker.role == Role::Emulator;
    if heir_is_step && is_made_by(maker, ours) { Destination::JobLog } else { Destination::Unknown }
}

/// Whether this maker made the file that is our stdout, rather than the shell below it by a
/// redirection.
///
/// The maker's end of a socket or a terminal is another file than ours, so `/proc` does not show
/// that it is held. Shells make sockets too (`exec > /dev/tcp/HOST/PORT` in bash; the pipes of
/// ksh93), and a terminal may be a person's. So both count only if the maker is known to run steps
/// (Node.js connects its children by sockets; Buildkite's agent runs steps in a terminal).
fn is_made_by(maker: &Process, ours: OpenFile) -> bool {
    match ours.kind {
        FdKind::Pipe | FdKind::File => maker.holds_our_stdout,
        FdKind::Socket | FdKind::Terminal => maker.role == Role::Agent,
        FdKind::Closed | FdKind::DevNull | FdKind::Other => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
