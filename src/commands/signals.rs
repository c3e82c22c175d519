//! Signals as streams: those that end a run, and those that are passed on to a child.

use std::io;
use std::task::{Context, Poll};

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

use crate::ignored_signals::is_ignored;
use crate::output::prompt::leave_ending_signals_to_the_run;
use crate::std_streams;

/// Signals that are received instead of having their default effect.
#[derive(Default)]
pub(super) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Begins to receive, except what was ignored when the run started (`nohup`, background jobs).
    pub(super) fn receive(wanted: &[Signal]) -> io::Result<Self> {
        let wake = std_streams::give_up_at_signals()?;
        let heeded = wanted.iter().filter(|signal| !is_ignored(**signal));
        let receive = |signal: &Signal| {
            let number = signal.as_raw();
            let stream = unix::signal(SignalKind::from_raw(number))?;
            signal_hook::low_level::pipe::register(number, wake.try_clone()?)?;
            Ok((*signal, stream))
        };
        let received = heeded.map(receive).collect::<io::Result<_>>()?;
        // Now that they are received; one that came before had its default effect.
        leave_ending_signals_to_the_run();
        Ok(Self(received))
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
