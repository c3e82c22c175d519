//! Whether requests may be sent, while a signal ends the run.
//!
//! A request that changes something must not be dropped while it is under way, if that can be
//! avoided: a server may carry it out after the one that undoes it. So the run is held first, until
//! what is under way has ended.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Shared by all transports of a run.
#[derive(Clone, Default)]
pub struct Traffic(Rc<State>);

#[derive(Default)]
struct State {
    light: Cell<Light>,
    /// Requests under way that may change something.
    writes: Cell<usize>,
    /// Told of each change of the two.
    changed: Notify,
}

/// What a request may do.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Light {
    #[default]
    Go,
    /// Wait, for ever if the run ends.
    Hold,
    /// Fail: nothing is sent any more, no retry either.
    Over,
}

/// A request under way that may change something.
pub(super) struct Write<'a>(&'a State);

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.0.writes.set(self.0.writes.get() - 1);
        self.0.changed.notify_waiters();
    }
}

impl Traffic {
    /// From now on requests fail instead of being sent. What is under way goes on.
    pub(crate) fn end(&self) {
        self.set(Light::Over);
    }

    /// From now on requests, and steps that call [`Traffic::pass`], wait. What is under way goes
    /// on.
    pub(crate) fn hold(&self) {
        self.set(Light::Hold);
    }

    /// Lets requests go again, for undoing.
    pub(crate) fn release(&self) {
        self.set(Light::Go);
    }

    fn set(&self, light: Light) {
        self.0.light.set(light);
        self.0.changed.notify_waiters();
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.light.get() == Light::Over
    }

    /// Goes on unless the run is held.
    pub(crate) async fn pass(&self) {
        // A signal that has come is heard first.
        tokio::task::yield_now().await;
        self.until(|state| state.light.get() != Light::Hold).await;
    }

    /// Returns once no request that may change something is under way.
    pub(crate) async fn writes_end(&self) {
        self.until(|state| state.writes.get() == 0).await;
    }

    pub(super) fn begin_write(&self) -> Write<'_> {
        self.0.writes.set(self.0.writes.get() + 1);
        Write(&self.0)
    }

    /// Pauses until `moment`, or until nothing may be sent any more.
    pub(super) async fn pause_until(&self, moment: Instant) {
        tokio::select! {
            () = tokio::time::sleep_until(moment) => {}
            () = self.until(|state| state.light.get() == Light::Over) => {}
        }
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            let changed = self.0.changed.notified();
            if holds(&self.0) {
                return;
            }
            changed.await;
        }
    }
}
