//! The standard streams, read and written also where they are non-blocking.
//!
//! `O_NONBLOCK` belongs to the open file, not to the process (open(2)): a parent that sets it for
//! its own end of a terminal or a pipe (Node.js, ssh) sets it for its children too. There, a full
//! pipe is no error: these streams wait and go on.
//!
//! Once the run receives signals, a stream that nobody reads must not hold them up: after a signal a
//! write waits for [`WAITS_AFTER_SIGNAL`] and is then given up.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;
use rustix::fs::FileType;
use rustix::io::Errno;

/// POSIX wants `PIPE_BUF` to be at least 512. A pipe that poll(2) calls writable takes as much at
/// once, so that a write of no more does not wait.
const TAKEN_AT_ONCE: usize = 512;

/// One page (pipe(7), `F_SETPIPE_SZ`), in bytes.
const PIPE_HOLDS: usize = 4096;

/// How long a stream may take nothing after a signal, in seconds: a reader that is only slow takes
/// something meanwhile.
const WAITS_AFTER_SIGNAL: i64 = 1;

/// Whether a write was given up.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Tells that a signal came that the run receives.
static SIGNALLED: OnceLock<Signalled> = OnceLock::new();

struct Signalled {
    /// Has something to read from the moment a signal comes until the run has heard of it.
    woken: UnixStream,
    /// Has something to read from the moment the run has heard of one.
    heard: UnixStream,
    hear: UnixStream,
}

/// From now on writes are given up when a signal comes. Returns what the signals are to be written
/// to, and where the run reads them.
///
/// # Errors
/// Why the system gives no pair of sockets.
pub(crate) fn give_up_at_signals() -> io::Result<(UnixStream, UnixStream)> {
    let (wake, woken) = UnixStream::pair()?;
    let (hear, heard) = UnixStream::pair()?;
    for stream in [&wake, &woken, &hear] {
        stream.set_nonblocking(true)?;
    }
    // Only the first one counts; it is asked for once.
    let _ = SIGNALLED.set(Signalled { woken: woken.try_clone()?, heard, hear });
    Ok((wake, woken))
}

/// The run has heard of a signal, and is about to read what told of it.
pub(crate) fn a_signal_came() {
    if let Some(signalled) = SIGNALLED.get() {
        // A full socket says it as well.
        let _ = (&signalled.hear).write(&[1]);
    }
}

/// Whether a signal made a write give up, so that the run ends by it.
pub(crate) fn have_given_up() -> bool {
    GIVEN_UP.load(Ordering::SeqCst)
}

/// A standard stream. It has no buffer.
pub(crate) struct Stream(BorrowedFd<'static>);

/// Whether stdin is closed or `/dev/null`, which is a text that nobody gave: a closed one is opened
/// as `/dev/null` before `main`.
pub(crate) fn stdin_has_no_text() -> bool {
    let device = |stat: rustix::fs::Stat| (FileType::from_raw_mode(stat.st_mode), stat.st_rdev);
    match (rustix::fs::fstat(rustix::stdio::stdin()), rustix::fs::stat("/dev/null")) {
        (Ok(stdin), Ok(null)) => device(null).0 == FileType::CharacterDevice && device(stdin) == device(null),
        (stdin, _) => stdin.is_err(),
    }
}

pub(crate) fn stdin() -> Stream {
    Stream(rustix::stdio::stdin())
}

#[allow(clippy::disallowed_methods, reason = "its callers are checked in the same way")]
pub(crate) fn stdout() -> Stream {
    Stream(rustix::stdio::stdout())
}

#[allow(clippy::disallowed_methods, reason = "its callers are checked in the same way")]
pub(crate) fn stderr() -> Stream {
    Stream(rustix::stdio::stderr())
}

impl Stream {
    /// Whether a write of so many bytes finds room: in a file, or in a pipe in which nothing stands. A
    /// pipe holds at least [`PIPE_HOLDS`].
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        let kind = rustix::fs::fstat(self.0).map(|stat| FileType::from_raw_mode(stat.st_mode));
        match kind {
            Ok(FileType::RegularFile) => bytes <= PIPE_HOLDS,
            Ok(FileType::Fifo) => bytes <= PIPE_HOLDS && rustix::io::ioctl_fionread(self.0) == Ok(0),
            _ => false,
        }
    }

    /// Does something until it succeeds or fails for another reason than that it would block.
    fn until_done(
        &self,
        ready: PollFlags,
        mut what: impl FnMut(BorrowedFd<'_>) -> Result<usize, Errno>,
    ) -> io::Result<usize> {
        loop {
            match what(self.0) {
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&self.0, ready)], None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.until_done(PollFlags::IN, |stream| rustix::io::read(stream, &mut *into))
    }
}

impl Stream {
    /// Waits until it takes something.
    ///
    /// # Errors
    /// `TimedOut` if a signal came and nobody reads it.
    fn wait_unless_signalled(&self, signalled: &Signalled) -> io::Result<()> {
        let a_while = Timespec { tv_sec: WAITS_AFTER_SIGNAL, tv_nsec: 0 };
        let mut limit = None;
        loop {
            let mut waited = [
                PollFd::new(&self.0, PollFlags::OUT),
                PollFd::new(&signalled.woken, PollFlags::IN),
                PollFd::new(&signalled.heard, PollFlags::IN),
            ];
            let count = if limit.is_some() { 1 } else { waited.len() };
            match poll(&mut waited[..count], limit) {
                Ok(_) if !waited[0].revents().is_empty() => return Ok(()),
                Ok(_) if limit.is_none() => limit = Some(&a_while),
                Ok(_) => {
                    GIVEN_UP.store(true, Ordering::SeqCst);
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "a signal came, and nobody reads it"));
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let Some(signalled) = SIGNALLED.get() else {
            return self.until_done(PollFlags::OUT, |stream| rustix::io::write(stream, from));
        };
        self.wait_unless_signalled(signalled)?;
        let part = &from[..from.len().min(TAKEN_AT_ONCE)];
        self.until_done(PollFlags::OUT, |stream| rustix::io::write(stream, part))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use rustix::fd::AsFd;

    use super::*;

    fn stream(of: impl AsFd + 'static) -> Stream {
        let kept: &'static _ = Box::leak(Box::new(of));
        Stream(kept.as_fd())
    }

    #[test]
    fn a_file_and_an_empty_pipe_have_room_and_what_may_wait_has_none() {
        let (read, write) = std::io::pipe().expect("a pipe");
        let mut pipe = stream(write);
        assert!(pipe.has_room_for(4096) && !pipe.has_room_for(4097));
        pipe.write_all(b"x").expect("a pipe takes a byte");
        assert!(!pipe.has_room_for(1), "somebody has not read yet");
        assert!(stream(tempfile::tempfile().expect("a file")).has_room_for(4096));
        assert!(!stream(File::options().write(true).open("/dev/null").expect("a device")).has_room_for(1));
        assert!(!stream(UnixStream::pair().expect("sockets").0).has_room_for(1));
        drop(read);
    }
}
