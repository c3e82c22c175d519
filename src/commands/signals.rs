//! Signals as a stream: those that end a run, and those that are passed on to a child.

use std::io;
use std::sync::OnceLock;
use std::task::{Context, Poll, ready};

use rustix::process::Signal;
use signal_hook::iterator::backend::{Handle, SignalDelivery};
use signal_hook::iterator::exfiltrator::SignalOnly;
use tokio::net::UnixStream;

use crate::ignored_signals::is_ignored;
use crate::output::prompt::leave_ending_signals_to_the_run;
use crate::std_streams;

/// Signals that are received instead of having their default effect.
#[derive(Default)]
pub(super) struct Signals(Option<Received>);

struct Received {
    /// In this order they are given if several came.
    wanted: Vec<Signal>,
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    /// Those that came and were not given yet.
    came: Vec<Signal>,
}

impl Signals {
    /// Begins to receive, except what was ignored when the run started (`nohup`, background jobs).
    /// Until the process ends no default effect comes back.
    pub(super) fn receive(wanted: &[Signal]) -> io::Result<Self> {
        static FOR_EVER: OnceLock<Handle> = OnceLock::new();
        let wanted: Vec<Signal> = wanted.iter().filter(|signal| !is_ignored(**signal)).copied().collect();
        let (wake, woken) = std_streams::give_up_at_signals()?;
        let numbers = wanted.iter().map(|signal| signal.as_raw());
        let delivery = SignalDelivery::with_pipe(UnixStream::from_std(woken)?, wake, SignalOnly, numbers)?;
        let _ = FOR_EVER.set(delivery.handle());
        // Now that they are received; one that came before had its default effect.
        leave_ending_signals_to_the_run();
        Ok(Self(Some(Received { wanted, delivery, came: Vec::new() })))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Signal> {
        let Some(received) = &mut self.0 else { return Poll::Pending };
        loop {
            if let Some(at) = received.first_that_came() {
                return Poll::Ready(received.came.remove(at));
            }
            let woken = received.delivery.get_read();
            if ready!(woken.poll_read_ready(task)).is_err() {
                // The runtime shuts down, and nothing more is asked.
                return Poll::Pending;
            }
            std_streams::a_signal_came();
            // The runtime takes it for readable until a read says that it is empty.
            while matches!(woken.try_read(&mut [0; 64]), Ok(1..)) {}
            let numbers: Vec<i32> = received.delivery.pending().collect();
            let came = received.wanted.iter().filter(|signal| numbers.contains(&signal.as_raw()));
            received.came.extend(came);
        }
    }
}

impl Received {
    fn first_that_came(&self) -> Option<usize> {
        self.wanted.iter().find_map(|wanted| self.came.iter().position(|came| came == wanted))
    }
}
