//! How a command ended.

use super::child::ChildEnd;
use crate::error::Error;
use crate::output::Outcome;

/// How a command ended, if not with an error.
pub enum Completion {
    /// With a result that the app prints.
    Print(Outcome),
    /// With a stdout that has all it is to have; `failure` is what went wrong after that.
    Printed { failure: Option<Error> },
    /// With the end of a child, whose status is passed on.
    Child(ChildEnd),
}

impl From<Outcome> for Completion {
    fn from(outcome: Outcome) -> Self {
        Self::Print(outcome)
    }
}
