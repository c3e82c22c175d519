//! Advisory locks on open files. The system ends a lock however its process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::private::{create, open_existing};

/// How often a lock is tried again. A holder needs it for one write, which takes milliseconds.
const INTERVAL: Duration = Duration::from_millis(5);

/// What came of trying to lock a file.
#[derive(Debug)]
pub(crate) enum Lock {
    /// It is ours until the file is closed.
    Held,
    /// Another process has it.
    Busy,
    /// The file system has no locks, or refuses this one.
    Unsupported(io::Error),
}

impl From<Result<(), TryLockError>> for Lock {
    fn from(tried: Result<(), TryLockError>) -> Self {
        match tried {
            Ok(()) => Self::Held,
            Err(TryLockError::WouldBlock) => Self::Busy,
            Err(TryLockError::Error(error)) => Self::Unsupported(error),
        }
    }
}

pub(crate) fn try_lock(file: &File) -> Lock {
    file.try_lock().into()
}

/// Leaves room for others that lock the file so.
pub(crate) fn try_lock_shared(file: &File) -> Lock {
    file.try_lock_shared().into()
}

/// As [`try_lock`], and waits at most `timeout` for another process.
pub(crate) fn lock_within(file: &File, timeout: Duration) -> Lock {
    let deadline = Instant::now() + timeout;
    loop {
        match try_lock(file) {
            Lock::Busy if Instant::now() < deadline => std::thread::sleep(INTERVAL),
            lock => return lock,
        }
    }
}

/// As [`lock_within`], for a caller that a signal may interrupt meanwhile.
pub(crate) async fn lock_within_async(file: &File, timeout: Duration) -> Lock {
    let deadline = Instant::now() + timeout;
    loop {
        match try_lock(file) {
            Lock::Busy if Instant::now() < deadline => tokio::time::sleep(INTERVAL).await,
            lock => return lock,
        }
    }
}

/// Opens a file whose only use is its lock, and creates it with mode 0600 if there is none. Such a
/// file is never removed: two processes could then lock two files of one name.
pub(crate) fn open_lock(path: &Path) -> anyhow::Result<File> {
    let options = OpenOptions::new().write(true).clone();
    loop {
        if let Some((file, _)) = open_existing(path, &options)? {
            return Ok(file);
        }
        match create(path, &options) {
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.with_context(|| format!("`{}` cannot be created", path.display())),
        }
    }
}
