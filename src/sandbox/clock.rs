//! The clock of the platform.
//!
//! A delay waits until *this* clock has passed its end, so that moving the clock ends it at once.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// 2026-04-05T09:00:00Z.
const START: Timestamp = Timestamp::constant(1_775_379_600, 0);

/// The system's time plus an offset, or a time that stands still until it is moved. Clones are the
/// same clock.
#[derive(Clone, Debug)]
pub struct SandboxClock(Arc<Time>);

#[derive(Debug)]
struct Time {
    source: TimeSource,
    /// The sum of what [`SandboxClock::advance`] added.
    offset: watch::Sender<SignedDuration>,
}

#[derive(Debug)]
enum TimeSource {
    System,
    Manual { start: Timestamp, step: SignedDuration },
}

impl Default for SandboxClock {
    fn default() -> Self {
        Self::system()
    }
}

impl SandboxClock {
    /// The system's time plus what [`SandboxClock::advance`] adds.
    pub fn system() -> Self {
        Self::of(TimeSource::System)
    }

    /// Stands at 2026-04-05T09:00:00Z until [`SandboxClock::advance`] moves it.
    pub fn manual() -> Self {
        Self::manual_at(START)
    }

    /// Stands at `start` until [`SandboxClock::advance`] moves it.
    pub fn manual_at(start: Timestamp) -> Self {
        Self::of(TimeSource::Manual { start, step: SignedDuration::ZERO })
    }

    /// A manual clock that each request moves by `step`, so that time passes for a client that
    /// polls.
    pub fn ticking(step: Duration) -> Self {
        Self::of(TimeSource::Manual { start: START, step: signed(step) })
    }

    fn of(source: TimeSource) -> Self {
        Self(Arc::new(Time { source, offset: watch::Sender::new(SignedDuration::ZERO) }))
    }

    /// The time in whole milliseconds, so that a state file holds no longer fractions.
    pub fn now(&self) -> Timestamp {
        let base = match self.0.source {
            TimeSource::System => Timestamp::now(),
            TimeSource::Manual { start, .. } => start,
        };
        let exact = later(base, *self.0.offset.borrow());
        Timestamp::from_millisecond(exact.as_millisecond()).unwrap_or(exact)
    }

    /// Moves the clock forward and ends the delays whose end is then past.
    pub fn advance(&self, by: Duration) {
        self.0.offset.send_modify(|offset| *offset = offset.saturating_add(signed(by)));
    }

    /// The sum of what [`SandboxClock::advance`] added.
    pub(super) fn offset(&self) -> SignedDuration {
        *self.0.offset.borrow()
    }

    /// Moves the clock forward until its offset is at least this.
    pub(super) fn advance_to_offset(&self, least: SignedDuration) {
        self.0.offset.send_modify(|offset| *offset = least.max(*offset));
    }

    /// Sets the sum of what [`SandboxClock::advance`] added, also back.
    pub(super) fn set_offset(&self, offset: SignedDuration) {
        self.0.offset.send_replace(offset);
    }

    /// Moves a ticking clock; called once for each request.
    pub(super) fn tick(&self) {
        if let TimeSource::Manual { step, .. } = self.0.source
            && !step.is_zero()
        {
            self.advance(step.unsigned_abs());
        }
    }

    /// Ends when this clock has moved on by `duration`.
    pub(super) async fn sleep(&self, duration: Duration) {
        let deadline = later(self.now(), signed(duration));
        let mut moved = self.0.offset.subscribe();
        loop {
            let left = self.now().duration_until(deadline);
            if !left.is_positive() {
                return;
            }
            // The sender lives in `self`, so `changed` cannot fail.
            match self.0.source {
                TimeSource::Manual { .. } => _ = moved.changed().await,
                TimeSource::System => tokio::select! {
                    () = tokio::time::sleep(left.unsigned_abs()) => {}
                    _ = moved.changed() => {}
                },
            }
        }
    }
}

/// `at` plus `by`, or the latest time that jiff can hold.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A time as the platform shows it: whole seconds, rounded down, because jq's `fromdate` reads no
/// fraction.
pub(super) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The same duration as a type of jiff, or the longest that it can hold.
pub(super) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
