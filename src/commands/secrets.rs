//! `jelou secrets …`: keys are shown, values never.

mod ask;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod set;
