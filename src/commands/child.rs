//! Running the user's command: its streams, its terminal, its signals and its status are its own.
//!
//! - The program is looked up before anything else happens, so that a typing error costs nothing.
//! - It inherits our streams and stays in our process group, so that an interactive shell can take
//!   the terminal as it would from any other parent.
//! - Signals are passed on to it, and we wait for its end. What was sent to our whole group (by a
//!   terminal, `timeout`, npm, systemd) has reached the child already and is not sent again: many
//!   programs take a second one for “at once”. A [`GroupWitness`] tells the two apart.
//! - Signals that we were started to ignore (`nohup`) are left alone, so that the child ignores
//!   them too.
//! - Its status is passed on as a shell would: the code, or 128 and the number of the signal that
//!   ended it.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::process::Command;
use tokio::time::Instant;

use super::group_witness::{GroupWitness, pid_of};
use super::interrupts::{Interrupts, SAME_EVENT};
use super::process_state::ProcessState;
use crate::error::Error;
use crate::program::{self, DEFAULT_PATH, Program};

/// Those that ask a program to end; a second one often means “at once”.
const ASK_TO_END: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// A signal that comes within this time may have come just before the child was there. On a busy
/// machine starting it takes some tenths of a second.
const STARTS_WITHIN: Duration = Duration::from_secs(1);

/// A command to run, and how its environment differs from ours.
#[derive(Clone)]
pub(crate) struct Child {
    program: Program,
    arguments: Vec<OsString>,
    changes: Vec<(OsString, Option<OsString>)>,
    /// The folders in which programs of ours are looked up.
    path: Option<OsString>,
}

/// How a command ended.
#[derive(Clone, Copy)]
pub struct ChildEnd {
    /// The status to pass on.
    pub(crate) status: u8,
    /// Whether a signal came for this run meanwhile, so that cleaning up must not take long.
    pub(crate) was_signalled: bool,
}

/// The status to pass on, as a shell does: the code, or 128 and the number of the signal.
pub(super) fn status_of(ended: ExitStatus) -> u8 {
    let byte = |number: i32| u8::try_from(number).unwrap_or(u8::MAX);
    match ended.signal() {
        Some(signal) => 128_u8.saturating_add(byte(signal)),
        None => ended.code().map_or(u8::MAX, byte),
    }
}

/// Without the environment, which holds tokens.
impl std::fmt::Debug for Child {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Child").field("program", &self.program).finish_non_exhaustive()
    }
}

impl Child {
    /// Looks a command up in the folders of `path`.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it is empty, not found or not executable.
    pub(super) fn find(command: &[OsString], path: Option<&OsStr>) -> Result<Self, Error> {
        let (name, arguments) = command.split_first().ok_or_else(|| Error::input("There is no command to run"))?;
        let program = Program::find(name, path)?;
        Ok(Self { program, arguments: arguments.to_vec(), changes: Vec::new(), path: path.map(OsStr::to_owned) })
    }

    #[must_use]
    pub(super) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.changes.push((name.into(), Some(value.into())));
        self
    }

    #[must_use]
    pub(super) fn without_env(mut self, name: impl Into<OsString>) -> Self {
        self.changes.push((name.into(), None));
        self
    }

    /// Runs it to its end and returns its status. It is killed if the future is dropped before.
    /// Until it has ended, the signals of this run are its own.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot be started; `UNKNOWN_ERROR` if signals cannot be received.
    pub(super) async fn run(self, interrupts: &Interrupts) -> Result<ChildEnd, Error> {
        self.run_with(interrupts, |_| {}).await
    }

    /// As [`Child::run`], with a stdin at its end and these two files as stdout and stderr, which
    /// nothing else here holds open.
    pub(super) async fn run_into(
        self,
        interrupts: &Interrupts,
        stdout: OwnedFd,
        stderr: OwnedFd,
    ) -> Result<ChildEnd, Error> {
        self.run_with(interrupts, |command| {
            command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        })
        .await
    }

    async fn run_with(self, interrupts: &Interrupts, redirect: impl FnOnce(&mut Command)) -> Result<ChildEnd, Error> {
        // Before it starts, so that no signal falls between the two.
        let signals = interrupts.take()?;
        let mut command = self.program.command();
        command.args(&self.arguments).kill_on_drop(true);
        for (name, value) in &self.changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        redirect(&mut command);
        // Before it too: once the child runs, what reaches it must reach the witness.
        let mut witness = GroupWitness::start(self.path.as_deref());
        let began = Instant::now();
        let mut child = program::spawn(&mut command).await.map_err(|error| {
            Error::input(format!("`{}` cannot be started", self.program.name().display())).caused_by(error)
        })?;
        drop(command);
        let mut last: Option<(Signal, Instant)> = None;
        loop {
            tokio::select! {
                status = child.wait() => {
                    let status = status.map_err(|error| Error::unknown("The command cannot be waited for", error))?;
                    return Ok(ChildEnd { status: status_of(status), was_signalled: last.is_some() });
                }
                () = witness.watch() => {}
                signal = signals.every() => {
                    let is_repeated = last.is_some_and(|(before, at)| before == signal && at.elapsed() < SAME_EVENT);
                    if !is_repeated {
                        last = Some((signal, Instant::now()));
                    }
                    if is_repeated && ASK_TO_END.contains(&signal) {
                        continue;
                    }
                    let may_be_before_the_child = began.elapsed() < STARTS_WITHIN;
                    let was_hit = witness.was_hit(signal).await;
                    let has_it = |pid: Pid| {
                        // A child may have made a group of its own (`setsid`).
                        was_hit && is_in_our_group(pid) && (!may_be_before_the_child || catches(pid, signal))
                    };
                    if let Some(pid) = pid_of(&child).filter(|pid| !has_it(*pid)) {
                        // It fails only if the child has ended, which the wait reports.
                        _ = rustix::process::kill_process(pid, signal);
                    }
                }
            }
        }
    }
}

/// Whether the child handles a signal itself. To one that does not, sending it again changes
/// nothing: it has ended by the first, or ignores both.
fn catches(pid: Pid, signal: Signal) -> bool {
    ProcessState::of(pid).is_none_or(|state| state.catches(signal))
}

fn is_in_our_group(pid: Pid) -> bool {
    rustix::process::getpgid(Some(pid)).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// `path` with `folder` before all others.
///
/// # Errors
/// `INPUT_ERROR` if the folder's name holds a `:`, which would make it two.
pub(super) fn prepended_path(folder: &Path, path: Option<&OsStr>) -> Result<OsString, Error> {
    let rest = path.filter(|path| !path.is_empty()).unwrap_or(OsStr::new(DEFAULT_PATH));
    std::env::join_paths(std::iter::once(folder.to_owned()).chain(std::env::split_paths(rest)))
        .map_err(|error| Error::input(format!("`{}` cannot be put on `PATH`", folder.display())).caused_by(error))
}

#[cfg(test)]
#[path = "child/tests.rs"]
mod tests;
