//! The standard streams, read and written also where they are non-blocking.
//!
//! `O_NONBLOCK` belongs to the open file, not to the process (open(2)): a parent that sets it for
//! its own end of a terminal or a pipe (Node.js, ssh) sets it for its children too. There, a full
//! pipe is no error: these streams wait and go on.

use std::io::{self, Read, Write};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;
use rustix::io::Errno;

/// A standard stream. It has no buffer.
pub(crate) struct Stream(BorrowedFd<'static>);

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

impl Write for Stream {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.until_done(PollFlags::OUT, |stream| rustix::io::write(stream, from))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
