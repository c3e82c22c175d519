//! The signals that end a run: SIGHUP, SIGINT, SIGTERM.
//!
//! Until there is something to clean up they keep their default effect, so that a run that reads stdin, shows a prompt or
//! writes into a slow pipe ends at once. From the moment a token is asked for they are received instead, and the app
//! undoes what the ledger holds before it ends by the same signal.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// The signals of a run.
#[derive(Default)]
pub(crate) struct Interrupts {
    received: RefCell<Vec<(i32, Signal)>>,
    waiting: RefCell<Option<Waker>>,
    /// Whether a child gets the signals instead.
    child_runs: Cell<bool>,
}

impl Interrupts {
    /// Begins to receive them, except those that were ignored when the run started (`nohup`, background jobs).
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses.
    pub(crate) fn receive(&self) -> Result<(), Error> {
        let mut received = self.received.borrow_mut();
        if !received.is_empty() {
            return Ok(());
        }
        let ignored = ignored();
        for kind in [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()] {
            let number = kind.as_raw_value();
            if ignored & (1 << (number - 1)) == 0 {
                let stream = signal(kind).map_err(|cause| Error::unknown("Signals cannot be received", cause))?;
                received.push((number, stream));
            }
        }
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
        Ok(())
    }

    /// While a child runs, the signals are its own.
    pub(crate) fn leave_to_child(&self, child_runs: bool) {
        self.child_runs.set(child_runs);
    }

    /// The number of the next signal; never, as long as none are received.
    pub(crate) async fn next(&self) -> i32 {
        poll_fn(|task| {
            *self.waiting.borrow_mut() = Some(task.waker().clone());
            let mut received = self.received.borrow_mut();
            for (number, stream) in received.iter_mut() {
                while stream.poll_recv(task).is_ready() {
                    if !self.child_runs.get() {
                        return Poll::Ready(*number);
                    }
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The mask of the signals that this process ignores, where the system tells it (Linux: `proc(5)`, `SigIgn`).
pub(crate) fn ignored() -> u64 {
    std::fs::read_to_string("/proc/self/status").ok().and_then(|status| parse_ignored(&status)).unwrap_or(0)
}

fn parse_ignored(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
        assert_eq!(parse_ignored(status), Some(0x1001));
        assert_eq!(parse_ignored("Name:\tx\n"), None);
    }
}
