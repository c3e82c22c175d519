//! `jelou functions …`

use clap::{Args, Subcommand, ValueEnum};

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
        jelou functions info my-fn --mcp-config > .mcp.json\n  \
        jelou functions info my-fn --mcp-config=cursor > .cursor/mcp.json")]
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
    /// Print what an MCP client takes: for Claude Code, or for the one that is named
    ///
    /// It never holds a token. Claude Code expands `${JELOU_FUNCTION_TOKEN}` and Cursor
    /// `${env:JELOU_FUNCTION_TOKEN}` from their own environment; VS Code asks for the token and
    /// keeps it (`${input:…}`). A client that expands none of these, such as Brain Studio, takes
    /// the token itself in its settings.
    #[arg(
        long,
        value_name = "CLIENT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "claude"
    )]
    pub(crate) mcp_config: Option<McpClient>,
}

/// An MCP client whose configuration has a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum McpClient {
    /// `.mcp.json` of Claude Code
    Claude,
    /// `.vscode/mcp.json` of VS Code
    #[value(name = "vscode")]
    VsCode,
    /// `.cursor/mcp.json` of Cursor
    Cursor,
    /// The fields of Brain Studio's External MCP Servers
    BrainStudio,
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
