//! Who reads our stderr: the runner, or a program of the step?
//!
//! A mask command is for the runner alone. A program of the step that reads it (`tee`, `sed`, a
//! task runner, the shell of `$(… 2>&1)`) copies it into a file or puts text before it, and then
//! the runner sees the value in an ordinary line. Such a program has the CI's variables in its own
//! environment and is no known agent.
//!
//! Where a reader cannot be found (it runs outside of the container, is another user's, there is no
//! `/proc`) nothing is known, and so nothing is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::proc_fs;
use super::programs::Role;
use crate::ci::detect::Detection;
use crate::ci::streams::{FdKind, OpenFile};

/// A process that can read what we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    pub(super) role: Role,
    /// Whether its environment has the variables of a CI system; nothing if that could not be read.
    pub(super) in_job: Option<bool>,
}

/// Whether a program of the step reads our stderr, and nobody else does.
#[allow(clippy::disallowed_methods, reason = "the descriptor is only looked at")]
pub(crate) fn stderr_is_read_by_step(detection: &Detection) -> bool {
    let stderr = rustix::stdio::stderr();
    let Some(file) = OpenFile::of_fd(stderr) else { return false };
    if !proc_fs::shows_this_process() {
        return false;
    }
    let readers: Vec<u32> = match file.kind {
        FdKind::Pipe => {
            processes_with(|descriptor| OpenFile::of_path(descriptor) == Some(file) && is_open_for_reading(descriptor))
        }
        FdKind::Terminal => match terminal_index() {
            Some(index) => processes_with(|descriptor| is_master_of(descriptor, &index)),
            None => return false,
        },
        FdKind::Socket => maker_of_socket(stderr).into_iter().collect(),
        FdKind::Closed | FdKind::DevNull | FdKind::File | FdKind::Other => return false,
    };
    let ours = std::process::id();
    let readers: Vec<Reader> =
        readers.into_iter().filter(|&pid| pid != ours).map(|pid| proc_fs::reader(pid, detection)).collect();
    decide(&readers)
}

/// Decides from all that were found. One that is not of the step is taken for the runner.
pub(super) fn decide(readers: &[Reader]) -> bool {
    // A package passes on what its program prints, as far as that can be told.
    let is_of_step = |reader: &Reader| {
        reader.in_job == Some(true) && !matches!(reader.role, Role::Agent | Role::Emulator | Role::Package)
    };
    !readers.is_empty() && readers.iter().all(is_of_step)
}

/// The processes that have a descriptor for which `fits` says yes, given its path in `/proc`.
fn processes_with(fits: impl Fn(&Path) -> bool) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        descriptors.map(|descriptor| descriptor.path()).any(|path| fits(&path))
    })
    .collect()
}

/// The permissions of the link are those of the descriptor (proc(5), `/proc/PID/fd/`).
fn is_open_for_reading(descriptor: &Path) -> bool {
    const OWNER_READS: u32 = 0o400;
    fs::symlink_metadata(descriptor).is_ok_and(|link| link.permissions().mode() & OWNER_READS != 0)
}

/// The number of the pseudo-terminal that stderr is.
fn terminal_index() -> Option<String> {
    let name = fs::read_link("/proc/self/fd/2").ok()?;
    name.strip_prefix("/dev/pts").ok()?.to_str().map(str::to_owned)
}

/// Whether a descriptor is the master of a pseudo-terminal: what is written to the terminal is read
/// there (proc(5), `/proc/PID/fdinfo/`, `tty-index`).
fn is_master_of(descriptor: &Path, index: &str) -> bool {
    let is_master = fs::read_link(descriptor).is_ok_and(|name| name.ends_with("ptmx"));
    is_master
        && descriptor.to_str().is_some_and(|path| {
            let info = fs::read_to_string(path.replace("/fd/", "/fdinfo/")).unwrap_or_default();
            let found = info.lines().find_map(|line| line.strip_prefix("tty-index:"));
            found.is_some_and(|found| found.trim() == index)
        })
}

/// The process that made a pair of sockets (unix(7), `SO_PEERCRED`). Node.js reads what its
/// children write from the other end.
#[cfg(target_os = "linux")]
fn maker_of_socket(socket: rustix::fd::BorrowedFd<'_>) -> Option<u32> {
    let maker = rustix::net::sockopt::socket_peercred(socket).ok()?;
    u32::try_from(maker.pid.as_raw_nonzero().get()).ok()
}

#[cfg(not(target_os = "linux"))]
fn maker_of_socket(_: rustix::fd::BorrowedFd<'_>) -> Option<u32> {
    None
}
