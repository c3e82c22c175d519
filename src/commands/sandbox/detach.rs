//! `sandbox start --detach`: the platform in a process of its own session.
//!
//! The process is this program, started again with the same arguments and the variable [`MARK`].
//! It begins with the caller's stdout and stderr, so that it prints its result and its errors as
//! any command does. Once it listens it lets go of both, and tells so on its stdin, which is a
//! socket. Until then this process waits; if the other one ends instead, its status is passed on.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;

use rustix::fs::FileType;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::commands::child::status_of;
use crate::commands::{ChildEnd, Completion, Context};
use crate::error::Error;
use crate::exit::{self, ErrorCode};
use crate::program::{self, Program, this_program};

/// Set for the process that goes on in the background.
const MARK: &str = "JELOU_SANDBOX_IS_DETACHED";

/// This process, if it is the one that goes on in the background.
pub(super) struct Detached {
    /// What its streams become: `/dev/null`.
    null: File,
}

impl Detached {
    /// Makes this process the first of a session of its own, if it was started for that: no signal of
    /// the caller's terminal reaches it.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses, or there is no `/dev/null`.
    pub(super) fn of_process(cx: &Context) -> Result<Option<Self>, Error> {
        // Who has inherited the mark alone has nobody to tell.
        let has_caller = rustix::fs::fstat(rustix::stdio::stdin())
            .is_ok_and(|stdin| FileType::from_raw_mode(stdin.st_mode) == FileType::Socket);
        if cx.env.text(MARK).is_none() || !has_caller {
            return Ok(None);
        }
        rustix::process::setsid().map_err(failed)?;
        let null = File::options().read(true).write(true).open("/dev/null").map_err(failed)?;
        Ok(Some(Self { null }))
    }

    /// Lets go of the caller's streams, so that `$(…)` ends, and tells the caller to go on.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the caller is gone: then nobody knows of this sandbox.
    pub(super) fn leave_the_caller(self) -> Result<(), Error> {
        rustix::stdio::dup2_stdout(&self.null).map_err(failed)?;
        rustix::stdio::dup2_stderr(&self.null).map_err(failed)?;
        rustix::io::write(rustix::stdio::stdin(), b"\n").map_err(failed)?;
        rustix::stdio::dup2_stdin(&self.null).map_err(failed)
    }
}

/// Starts this program once more in the background, and waits until it listens or has ended.
///
/// # Errors
/// `UNKNOWN_ERROR` if it cannot be started.
#[allow(clippy::disallowed_methods, reason = "this program is started again with the same arguments")]
pub(super) async fn start_again(cx: &Context) -> Result<Completion, Error> {
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    ours.set_nonblocking(true).map_err(failed)?;
    let mut ours = tokio::net::UnixStream::from_std(ours).map_err(failed)?;
    let mut line = std::env::args_os();
    let name = line.next().unwrap_or_else(|| OsString::from("jelou"));
    let path = cx.env.path("PATH");
    let mut command = command(&name, path.as_deref().map(Path::as_os_str))?;
    command.args(line).env(MARK, "1").stdin(Stdio::from(OwnedFd::from(theirs)));
    let mut process = program::spawn(&mut command).await.map_err(failed)?;
    // Its end of the pair, which the command holds, must be the other process's alone.
    drop(command);
    if matches!(ours.read(&mut [0]).await, Ok(1)) {
        return Ok(Completion::Printed { failure: None });
    }
    let ended = process.wait().await.map_err(failed)?;
    match status_of(ended) {
        exit::DONE => Err(Error::new(ErrorCode::UnknownError, "The sandbox ended by itself")),
        status => Ok(Completion::Child(ChildEnd { status, was_signalled: false })),
    }
}

/// A command that starts this program, without the descriptors that this process has inherited
/// beside the standard streams: a lock or a pipe of the caller would be held for as long as the
/// sandbox runs.
#[allow(clippy::disallowed_methods, reason = "this program is started again")]
fn command(name: &OsStr, path: Option<&OsStr>) -> Result<Command, Error> {
    let inherited = inherited_descriptors();
    let named = std::env::current_exe().ok().filter(|file| file.exists());
    let (Some(file), false) = (named, inherited.is_empty()) else {
        let mut command = Command::new(this_program().map_err(failed)?);
        command.arg0(name);
        return Ok(command);
    };
    // Called `sh`, bash reads no file of the user's first. Other shells take a single digit alone.
    let bash = Program::find(OsStr::new("bash"), path).ok();
    let most = if bash.is_some() { u32::MAX } else { 9 };
    let mut command = bash.map_or_else(|| Command::new("/bin/sh"), |bash| bash.command());
    let closed = inherited.iter().filter(|number| **number <= most).map(|number| format!("{number}>&-"));
    let closed = closed.collect::<Vec<_>>().join(" ");
    command.arg0("sh").args(["-c", &format!("exec {closed}; exec \"$0\" \"$@\"")]).arg(file);
    Ok(command)
}

/// The numbers from 3 on that a program which is started here would inherit, as far as `/proc`
/// shows them (proc(5), `/proc/PID/fdinfo/`).
fn inherited_descriptors() -> Vec<u32> {
    const CLOSED_ON_EXEC: u32 = 0o2_000_000;
    let is_inherited = |number: &u32| {
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|it| it & CLOSED_ON_EXEC == 0)
    };
    let entries = std::fs::read_dir("/proc/self/fdinfo").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|number| *number > 2).filter(is_inherited).collect()
}

fn failed(cause: impl Into<anyhow::Error>) -> Error {
    Error::unknown("The sandbox cannot go on in the background", cause)
}
