//! `jelou secrets …`: keys are shown, values never.

pub mod delete;
pub mod list;
pub mod set;
