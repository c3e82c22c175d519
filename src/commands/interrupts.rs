//! The signals that end a run.
//!
//! Until there is something to clean up they keep their default effect, so that a run that reads
//! stdin, shows a prompt or writes into a slow pipe ends at once. From the moment a token is asked
//! for they are received instead, and the app undoes what the ledger holds before it ends by the
//! same signal. A command that answers signals itself (a bulk verb, a child that runs) takes them.
//!
//! `timeout`, npm and systemd send two signals at once. So a second one means something of its own
//! only if it comes [`SAME_EVENT`] after the first.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{self, Poll, Waker, ready};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::Instant;

use super::signals::Signals;
use crate::error::Error;
use crate::ignored_signals::{ENDING, is_ignored};

/// How long after a signal another one belongs to it. Programs that send two send them within
/// milliseconds; a person who presses Ctrl-C again has waited first.
pub(crate) const SAME_EVENT: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Interrupts {
    signals: RefCell<Signals>,
    waiting: RefCell<Option<Waker>>,
    is_taken: Cell<bool>,
    /// When the signal came to which those that follow at once belong.
    first: Cell<Option<Instant>>,
    /// In PID 1: whether a signal ends the process at once.
    ends_at_once: Option<Arc<AtomicBool>>,
}

impl Interrupts {
    /// For this process. As PID 1 of a container no signal has its default effect (kill(2)), so
    /// there it ends the process with the status that a shell would show.
    pub(crate) fn of_process() -> Self {
        if std::process::id() != 1 {
            return Self::default();
        }
        let ends_at_once = Arc::new(AtomicBool::new(true));
        for signal in ENDING.iter().filter(|signal| !is_ignored(**signal)) {
            let (number, flag) = (signal.as_raw(), Arc::clone(&ends_at_once));
            // It fails for a signal that may not be received, and none of these is.
            let _ = signal_hook::flag::register_conditional_shutdown(number, 128 + number, flag);
        }
        Self { ends_at_once: Some(ends_at_once), ..Self::default() }
    }

    /// Begins to receive them.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses.
    pub(crate) fn receive(&self) -> Result<(), Error> {
        if self.signals.borrow().is_empty() {
            let signals = Signals::receive(ENDING);
            *self.signals.borrow_mut() =
                signals.map_err(|cause| Error::unknown("Signals cannot be received", cause))?;
            if let Some(ends_at_once) = &self.ends_at_once {
                ends_at_once.store(false, Ordering::SeqCst);
            }
            self.wake();
        }
        Ok(())
    }

    /// Begins to receive them for a command: the app hears none as long as the result lives.
    ///
    /// # Errors
    /// As [`Interrupts::receive`].
    pub(crate) fn take(&self) -> Result<Taken<'_>, Error> {
        self.receive()?;
        self.is_taken.set(true);
        Ok(Taken(self))
    }

    /// The number of the next signal; never, as long as none are received, or another has taken
    /// them. A signal that belongs to the first is not told.
    pub(crate) async fn next(&self) -> i32 {
        poll_fn(|task| {
            *self.waiting.borrow_mut() = Some(task.waker().clone());
            if self.is_taken.get() { Poll::Pending } else { self.poll_event(task).map(Signal::as_raw) }
        })
        .await
    }

    fn poll_event(&self, task: &mut task::Context<'_>) -> Poll<Signal> {
        loop {
            let signal = ready!(self.signals.borrow_mut().poll_next(task));
            match self.first.get() {
                Some(first) if first.elapsed() < SAME_EVENT => {}
                _ => {
                    self.first.set(Some(Instant::now()));
                    return Poll::Ready(signal);
                }
            }
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// The signals, taken by a command.
pub(crate) struct Taken<'a>(&'a Interrupts);

impl Taken<'_> {
    /// The next signal, as [`Interrupts::next`] tells it.
    pub(crate) async fn next(&self) -> Signal {
        poll_fn(|task| self.0.poll_event(task)).await
    }

    /// The next signal, also one that belongs to another.
    pub(crate) async fn every(&self) -> Signal {
        let signal = poll_fn(|task| self.0.signals.borrow_mut().poll_next(task)).await;
        let first = self.0.first.get().filter(|first| first.elapsed() < SAME_EVENT);
        self.0.first.set(first.or(Some(Instant::now())));
        signal
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.is_taken.set(false);
        self.0.wake();
    }
}
