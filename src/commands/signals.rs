//! Signals as streams: those that end a run, and those that are passed on to a child.

use std::io;
use std::task::{Context, Poll};

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

/// Signals that are received instead of having their default effect.
#[derive(Default)]
pub(super) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Begins to receive, except what was ignored when the run started (`nohup`, background jobs).
    pub(super) fn receive(wanted: &[Signal]) -> io::Result<Self> {
        let ignored = ignored();
        let heeded = wanted.iter().filter(|signal| ignored & (1 << (signal.as_raw() - 1)) == 0);
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

/// The mask of the signals that this process ignores, where the system tells it (Linux: `proc(5)`,
/// `SigIgn`).
fn ignored() -> u64 {
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
