//! `jelou functions …`

pub mod create;
pub mod delete;
pub mod info;
pub mod list;
