//! `jelou functions …`

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod info;
pub(crate) mod list;
pub(crate) mod mcp_config;
