//! `jelou functions …`

use clap::{Args, Subcommand};

use super::function::{Function, NamedFunction};
use super::{deploy, deployments, init, rollback, secrets, tokens};
use crate::api::IdempotencyKey;

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List functions.
    #[command(visible_alias = "ls", after_help = "Example:\n  jelou functions list --quiet")]
    List,
    /// Show a function: its URLs, and what Brain Studio takes.
    #[command(after_help = "Examples:\n  jelou functions info my-fn\n  \
        jelou functions info my-fn --mcp-config > .mcp.json")]
    Info(Info),
    /// Create a function; `jelou deploy` does it by itself.
    #[command(
        override_usage = "jelou functions create [OPTIONS] <SLUG>",
        after_help = "Example:\n  jelou functions create my-fn --name 'My function'"
    )]
    Create(Create),
    /// Delete a function with its tokens, secrets and deployments.
    #[command(
        visible_alias = "rm",
        override_usage = "jelou functions delete [OPTIONS] <SLUG>",
        after_help = "Example:\n  jelou functions delete my-fn -y"
    )]
    Delete(Delete),
    /// Write the files of a new function into this folder.
    Init(init::Args),
    /// Deploy the function in a folder.
    Deploy(deploy::Args),
    /// Run the code of an earlier deployment again.
    Rollback(rollback::Args),
    /// The same as `jelou tokens`.
    #[command(subcommand, visible_alias = "token")]
    Tokens(tokens::Command),
    /// The same as `jelou secrets`.
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// The same as `jelou deployments`.
    #[command(subcommand)]
    Deployments(deployments::Command),
}

#[derive(Debug, Args)]
pub struct Info {
    #[command(flatten)]
    pub(crate) of: Function,
    /// Print the JSON that an MCP client takes
    #[arg(long)]
    pub(crate) mcp_config: bool,
}

#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    pub(crate) of: NamedFunction,
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
    #[command(flatten)]
    pub(crate) of: NamedFunction,
    /// Count a function that does not exist as deleted
    #[arg(long)]
    pub(crate) ignore_missing: bool,
}
