//! The signals that end a run: SIGHUP, SIGINT, SIGTERM.
//!
//! Until there is something to clean up they keep their default effect, so that a run that reads
//! stdin, shows a prompt or writes into a slow pipe ends at once. From the moment a token is asked
//! for they are received instead, and the app undoes what the ledger holds before it ends by the
//! same signal.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker, ready};

use rustix::process::Signal;

use super::signals::Signals;
use crate::error::Error;

#[derive(Default)]
pub(crate) struct Interrupts {
    signals: RefCell<Signals>,
    waiting: RefCell<Option<Waker>>,
    child_runs: Cell<bool>,
}

impl Interrupts {
    /// Begins to receive them.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses.
    pub(crate) fn receive(&self) -> Result<(), Error> {
        if self.signals.borrow().is_empty() {
            let signals = Signals::receive(&[Signal::HUP, Signal::INT, Signal::TERM]);
            *self.signals.borrow_mut() =
                signals.map_err(|cause| Error::unknown("Signals cannot be received", cause))?;
            if let Some(waker) = self.waiting.borrow_mut().take() {
                waker.wake();
            }
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
            loop {
                let signal = ready!(self.signals.borrow_mut().poll_next(task));
                if !self.child_runs.get() {
                    return Poll::Ready(signal.as_raw());
                }
            }
        })
        .await
    }
}
