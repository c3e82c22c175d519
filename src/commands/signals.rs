//! Signals as streams: those that end a run, and those that are passed on to a child.

use std::io;
use std::task::{Context, Poll};

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

use crate::ignored_signals::is_ignored;
use crate::output::prompt::leave_ending_signals_to_the_run;

/// Signals that are received instead of having their default effect.
#[derive(Default)]
pub(super) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Begins to receive, except what was ignored when the run started (`nohup`, background jobs).
    pub(super) fn receive(wanted: &[Signal]) -> io::Result<Self> {
        leave_ending_signals_to_the_run();
        let heeded = wanted.iter().filter(|signal| !is_ignored(**signal));
        heeded
            .map(|signal| Ok((*signal, unix::signal(SignalKind::from_raw(signal.as_raw()))?)))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Signal> {
        let mut streams = self.0.iter_mut();
        let came = streams.find_map(|(signal, stream)| stream.poll_recv(task).is_ready().then_some(*signal));
        came.map_or(Poll::Pending, Poll::Ready)
    }
}
