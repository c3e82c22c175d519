//! What a sandbox began with, so that it can be brought back to it (`jelou sandbox reset`).

use jiff::SignedDuration;

use super::clock::SandboxClock;
use super::faults::Script;
use super::platform::Shared;
use super::rate_limit::RateLimit;
use super::state::State;

/// A copy of what requests change. The copy costs memory, but no time later; values and ids stay
/// those that the user has got.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) state: State,
    pub(super) script: Script,
    pub(super) rate: RateLimit,
    /// How far the clock was moved on.
    pub(super) clock_ahead: SignedDuration,
}

impl Beginning {
    /// This state, of which no line of the state file is yet, and what the rest is now.
    pub(super) fn of(state: State, shared: &Shared, clock: &SandboxClock) -> Self {
        Self { state, script: shared.script.clone(), rate: shared.rate.clone(), clock_ahead: clock.offset() }
    }

    /// Brings everything back, the request log and the clock too. Requests that are under way are
    /// carried out on what there is then.
    pub(super) fn restore(&self, shared: &mut Shared, clock: &SandboxClock) {
        shared.state = self.state.clone();
        shared.script = self.script.clone();
        shared.rate = self.rate.clone();
        shared.log.clear();
        shared.answers.clear();
        clock.set_offset(self.clock_ahead);
    }
}
