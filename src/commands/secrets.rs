//! `jelou secrets …`: keys are shown, values never.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod set;
