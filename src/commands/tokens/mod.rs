//! `jelou tokens …`

pub mod create;
pub mod exec;
mod filters;
mod issue;
pub mod list;
pub mod prune;
pub mod recover;
pub mod regenerate;
mod render;
pub mod revoke;
pub mod rotate;
mod settle;
pub mod switch;
mod targets;
pub mod verify;

pub use issue::not_waited;
pub use render::{Clock, brief};
pub use settle::settle;

/// The token that the first deploy of a function issues (seed).
pub const DEFAULT_NAME: &str = "default";
