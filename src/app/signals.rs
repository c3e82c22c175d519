//! The signals that end a run: SIGHUP, SIGINT, SIGTERM.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// Listens for the signals that end a run, except those that were ignored when it started (`nohup`, background jobs).
pub struct Signals {
    streams: Vec<(i32, Signal)>,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if the system refuses.
    pub fn listen() -> Result<Self, Error> {
        let ignored = ignored();
        let kinds = [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()];
        let mut streams = Vec::new();
        for kind in kinds {
            let number = kind.as_raw_value();
            if ignored & (1 << (number - 1)) == 0 {
                let stream = signal(kind).map_err(|cause| Error::unknown("Signals cannot be listened for", cause))?;
                streams.push((number, stream));
            }
        }
        Ok(Self { streams })
    }

    /// The number of the next signal.
    pub async fn next(&mut self) -> i32 {
        std::future::poll_fn(|task| {
            for (number, stream) in &mut self.streams {
                if stream.poll_recv(task).is_ready() {
                    return std::task::Poll::Ready(*number);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

/// The mask of ignored signals, where the system tells it (Linux: `proc(5)`, `SigIgn`).
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
