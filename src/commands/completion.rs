//! How a command ended.

use crate::error::Error;
use crate::output::Outcome;

/// How a command ended, if not with an error.
pub enum Completion {
    /// With a result that the app prints.
    Print(Outcome),
    /// With a stdout that has all it is to have; `failure` is what went wrong after that.
    Printed { failure: Option<Error> },
    /// With the status of a child, which is passed on.
    ChildStatus(u8),
}

impl From<Outcome> for Completion {
    fn from(outcome: Outcome) -> Self {
        Self::Print(outcome)
    }
}
