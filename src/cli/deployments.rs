//! `jelou deployments …`

use clap::{Args, Subcommand};

/// `jelou deployments …`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the deployments of a function.
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a deployment.
    Info(One),
    /// Wait until a deployment is live.
    #[command(after_help = "Example:\n  jelou deployments wait my-fn dep_123 --timeout 5m")]
    Wait(One),
}

impl Command {
    /// The name in `.command`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "deployments list",
            Self::Info(_) => "deployments info",
            Self::Wait(_) => "deployments wait",
        }
    }
}

/// `jelou deployments list`
#[derive(Debug, Args)]
pub struct List {
    /// The function
    pub slug: Option<String>,
}

/// `jelou deployments info`, `jelou deployments wait`
#[derive(Debug, Args)]
pub struct One {
    /// The function, unless `JELOU_FUNCTION` or `jelou.json` says it; then the deployment
    #[arg(value_name = "SLUG] [DEPLOYMENT", num_args = 1..=2, required = true)]
    pub names: Vec<String>,
}
