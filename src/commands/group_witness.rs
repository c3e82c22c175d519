//! Tells a signal that was sent to our process alone from one that was sent to our whole group.
//!
//! The system does not say which it was. So a process that does nothing stands in our group: what
//! is sent to the group (a terminal, `timeout`), to the cgroup (systemd) or to each process of our
//! tree ends it as well.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::process::{Child, ChildStdin};
use tokio::time::Instant;

use super::interrupts::SAME_EVENT;
use super::process_state::ProcessState;
use crate::program::Program;

/// How long one signal takes to reach all processes: senders that go through a list need
/// milliseconds.
const REACHES_ALL: Duration = Duration::from_millis(100);

pub(super) struct GroupWitness {
    /// `cat`, and its stdin, which ends when we do. Apart, since waiting for a child closes its
    /// stdin.
    process: Option<(Child, Option<ChildStdin>)>,
    last_hit: Option<(Signal, Instant)>,
    program: Option<Program>,
}

impl GroupWitness {
    /// Starts it; `path` is where `cat` is looked up. Without one (an empty container) every signal
    /// counts as sent to us alone: nothing is there to signal a group.
    pub(super) fn start(path: Option<&OsStr>) -> Self {
        let mut witness = Self { process: None, last_hit: None, program: Program::find(OsStr::new("cat"), path).ok() };
        witness.start_process();
        witness
    }

    fn start_process(&mut self) {
        self.process = self.program.as_ref().and_then(|program| {
            let mut command = program.command();
            command.env_clear().current_dir("/").kill_on_drop(true);
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut process = command.spawn().ok()?;
            let stdin = process.stdin.take();
            Some((process, stdin))
        });
    }

    /// Waits for the end of the process, notes what ended it, and starts it again. Never returns
    /// where there is none.
    pub(super) async fn watch(&mut self) {
        let Some((process, _)) = &mut self.process else { return std::future::pending().await };
        let ended_by = process.wait().await.ok().and_then(|status| status.signal()).and_then(Signal::from_named_raw);
        // The kernel kills for memory, and that is sent to one process.
        self.last_hit = ended_by.filter(|signal| *signal != Signal::KILL).map(|signal| (signal, Instant::now()));
        self.start_process();
    }

    /// Whether the signal that has just come was sent to the group.
    pub(super) async fn was_hit(&mut self, signal: Signal) -> bool {
        let belongs_to =
            |(hit, at): (Signal, Instant)| at.elapsed() < REACHES_ALL || (hit == signal && at.elapsed() < SAME_EVENT);
        if !self.last_hit.is_some_and(belongs_to) {
            // It may be about to get it. A process that ended in another way proves nothing.
            let ended = tokio::time::timeout(REACHES_ALL, self.watch()).await;
            // On a machine that is busy it has got it and has had no time to end.
            if ended.is_err() && self.state().is_some_and(|state| state.has_ended_or_will()) {
                _ = tokio::time::timeout(SAME_EVENT, self.watch()).await;
            }
        }
        self.last_hit.is_some_and(belongs_to)
    }

    fn state(&self) -> Option<ProcessState> {
        let (process, _) = self.process.as_ref()?;
        ProcessState::of(pid_of(process)?)
    }
}

/// The id of a child, until its end has been waited for.
pub(super) fn pid_of(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}
