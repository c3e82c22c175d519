//! `jelou tokens …`

mod again;
pub(crate) mod create;
pub(crate) mod exec;
mod filters;
pub(crate) mod info;
pub(crate) mod list;
mod named_tokens;
pub(crate) mod prune;
pub(crate) mod recover;
pub(crate) mod regenerate;
pub(crate) mod revoke;
pub(crate) mod rotate;
mod rows;
pub(crate) mod set_status;
mod shown;
pub(crate) mod verify;
pub(crate) mod whois;

/// The token that the first deploy of a function issues (docs, “Authentication”).
pub(crate) const DEFAULT_NAME: &str = "default";
