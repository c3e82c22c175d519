//! `jelou deployments …`

use clap::{Args, Subcommand};

use crate::api::wire::Slug;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the deployments of a function.
    #[command(visible_alias = "ls", after_help = "Example:\n  jelou deployments list my-fn")]
    List(List),
    /// Show a deployment.
    #[command(
        override_usage = "jelou deployments info [OPTIONS] [SLUG] <DEPLOYMENT>",
        after_help = "Example:\n  jelou deployments info my-fn dep_123"
    )]
    Info(One),
    /// Wait until a deployment is live.
    #[command(
        override_usage = "jelou deployments wait [OPTIONS] [SLUG] <DEPLOYMENT>",
        after_help = "Example:\n  jelou deployments wait my-fn dep_123 --timeout 5m"
    )]
    Wait(One),
}

#[derive(Debug, Args)]
pub struct List {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]
    pub(crate) slug: Option<Slug>,
}

#[derive(Debug, Args)]
pub struct One {
    /// The deployment, and before it the function unless `JELOU_FUNCTION` or `jelou.json` names it
    #[arg(value_name = "DEPLOYMENT", num_args = 1..=2, required = true)]
    pub(crate) names: Vec<String>,
}
