//! `jelou functions …`

use clap::{Args, Subcommand};

use super::deploy;
use crate::api::IdempotencyKey;
use crate::api::wire::Slug;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List functions.
    #[command(visible_alias = "ls", after_help = "Example:\n  jelou functions list --quiet")]
    List,
    /// Show a function: its URLs, and what Brain Studio takes.
    #[command(after_help = "Examples:\n  jelou functions info my-fn\n  \
        jelou functions info my-fn --mcp-config > .mcp.json")]
    Info(Info),
    /// Create a function; `jelou deploy` does it by itself.
    #[command(after_help = "Example:\n  jelou functions create my-fn --name 'My function'")]
    Create(Create),
    /// Delete a function with its tokens, secrets and deployments.
    #[command(visible_alias = "rm", after_help = "Example:\n  jelou functions delete my-fn -y")]
    Delete(Delete),
    /// Deploy the function in a folder.
    Deploy(deploy::Args),
}

#[derive(Debug, Args)]
pub struct Info {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]
    pub(crate) slug: Option<Slug>,
    /// Print the JSON that an MCP client takes
    #[arg(long)]
    pub(crate) mcp_config: bool,
}

#[derive(Debug, Args)]
pub struct Create {
    /// The function: a-z, 0-9 and dashes, beginning with a letter
    pub(crate) slug: Slug,
    /// Its name for people [default: the slug]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it is for
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Makes the command repeatable
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

#[derive(Debug, Args)]
pub struct Delete {
    /// The function
    pub(crate) slug: Slug,
    /// Count a function that does not exist as deleted
    #[arg(long)]
    pub(crate) ignore_missing: bool,
}
