//! `jelou secrets …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::api::wire::{SecretName, Slug};

/// `jelou secrets …`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the keys; values are never shown.
    #[command(visible_alias = "ls", after_help = "Example:\n  jelou secrets list my-fn")]
    List(List),
    /// Set secrets, with one redeploy for all of them.
    #[command(after_help = "Examples:\n  jelou secrets set my-fn OTHER_FN_TOKEN=jfn_rt_...\n  \
        jelou secrets set my-fn --from-env .env\n  printf %s \"$VALUE\" | jelou secrets set my-fn --stdin API_KEY")]
    Set(Set),
    /// Delete secrets.
    #[command(visible_alias = "rm", after_help = "Example:\n  jelou secrets delete my-fn API_KEY -y")]
    Delete(Delete),
}

impl Command {
    /// The name in `.command`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "secrets list",
            Self::Set(_) => "secrets set",
            Self::Delete(_) => "secrets delete",
        }
    }
}

/// `jelou secrets list`
#[derive(Debug, Args)]
pub struct List {
    /// The function
    pub slug: Slug,
}

/// `jelou secrets set`
#[derive(Debug, Args)]
pub struct Set {
    /// The function
    pub slug: Slug,
    /// Secrets; a value shows in the process list, so prefer the flags
    #[arg(value_name = "KEY=VALUE", required_unless_present_any = ["from_env", "stdin"])]
    pub pairs: Vec<String>,
    /// Set every line of a dotenv file
    #[arg(long, value_name = "FILE")]
    pub from_env: Option<PathBuf>,
    /// Set one key to what stdin says; one line feed at its end is cut off
    #[arg(long, value_name = "KEY")]
    pub stdin: Option<SecretName>,
    /// Wait until the redeploy is live
    #[arg(long)]
    pub wait: bool,
}

/// `jelou secrets delete`
#[derive(Debug, Args)]
pub struct Delete {
    /// The function
    pub slug: Slug,
    /// The keys
    #[arg(value_name = "KEY", required = true)]
    pub keys: Vec<SecretName>,
    /// Count a key that does not exist as deleted
    #[arg(long)]
    pub ignore_missing: bool,
    /// Wait until the redeploy is live
    #[arg(long)]
    pub wait: bool,
}
