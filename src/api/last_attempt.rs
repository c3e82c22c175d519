//! The word that no further request begins, because a signal is ending the run.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

/// Shared by all transports of a run.
#[derive(Clone, Default)]
pub struct LastAttempt(Rc<State>);

#[derive(Default)]
struct State {
    is_over: Cell<bool>,
    told: Notify,
}

impl LastAttempt {
    /// What is under way goes on; nothing is sent any more, no retry either.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_over.get()
    }

    pub(crate) fn end(&self) {
        self.0.is_over.set(true);
        self.0.told.notify_waiters();
    }

    /// Pauses until `moment`, or until nothing may be sent any more.
    pub(super) async fn pause_until(&self, moment: tokio::time::Instant) {
        let told = self.0.told.notified();
        if !self.is_over() {
            tokio::select! {
                () = tokio::time::sleep_until(moment) => {}
                () = told => {}
            }
        }
    }
}
