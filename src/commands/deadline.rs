//! How long a run waits for a change to count.

use std::time::Duration;

use tokio::time::Instant;

use super::context::Context;
use crate::duration;
use crate::error::Error;
use crate::exit::ErrorCode;

/// The first pause between two looks; the later ones grow.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A redeploy takes seconds to minutes, so that looking every few seconds is often enough.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// No pause is shorter, whatever a server asks for: not even a `Retry-After: 0` makes this a busy
/// loop.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// What is suggested after a wait that was too short: far more than a redeploy takes.
const LONGER: Duration = Duration::from_secs(600);

/// The end of a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    began: Instant,
    end: Instant,
}

impl Deadline {
    /// From now until `--timeout`.
    pub(crate) fn of(cx: &Context) -> Self {
        let began = Instant::now();
        Self { began, end: began + cx.settings.timeout }
    }

    /// How long the wait has taken so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long the wait may take, as people type it.
    pub(super) fn length(&self) -> String {
        duration::show(self.end - self.began)
    }

    /// How long another wait should be allowed to take, as people type it.
    pub(super) fn longer(&self) -> String {
        let length = self.end - self.began;
        duration::show(if length < LONGER { LONGER } else { length.saturating_mul(2) })
    }

    /// Awaits something that must end in time. `what` begins the error:
    /// `The deployment dep_1 was not live`.
    ///
    /// # Errors
    /// `NOT_LIVE` if it does not.
    pub(super) async fn within<T>(&self, work: impl Future<Output = T>, what: &str) -> Result<T, Error> {
        tokio::time::timeout_at(self.end, work).await.map_err(|_| self.missed(what))
    }

    /// Pauses.
    ///
    /// # Errors
    /// `NOT_LIVE` if the deadline comes first.
    pub(super) async fn pause(&self, length: Duration, what: &str) -> Result<(), Error> {
        let resume = Instant::now().checked_add(length.max(SHORTEST_PAUSE));
        let resume = resume.filter(|resume| *resume <= self.end);
        tokio::time::sleep_until(resume.unwrap_or(self.end)).await;
        resume.map(|_| ()).ok_or_else(|| self.missed(what))
    }

    fn missed(&self, what: &str) -> Error {
        not_live(format!("{what} within {}", self.length()))
    }
}

/// The next pause, half as long again.
pub(super) fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LONGEST_PAUSE)
}

pub(super) fn not_live(message: String) -> Error {
    Error::new(ErrorCode::NotLive, message)
}
