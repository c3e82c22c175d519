//! `jelou deployments …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::function::{Function, FunctionAndDeployment};

#[derive(Debug, Subcommand)]
#[command(defer = true)]
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
    /// Download the files of a deployment.
    #[command(
        override_usage = "jelou deployments download [OPTIONS] [SLUG] <DEPLOYMENT>",
        after_help = "Examples:\n  jelou deployments download my-fn dep_123\n  \
        jelou deployments download my-fn dep_123 -o code.tar"
    )]
    Download(Download),
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub(crate) of: Function,
}

#[derive(Debug, Args)]
pub struct One {
    #[command(flatten)]
    pub(crate) of: FunctionAndDeployment,
}

#[derive(Debug, Args)]
pub struct Download {
    #[command(flatten)]
    pub(crate) of: FunctionAndDeployment,
    /// The folder, or the archive if it ends in `.tar` [default: a folder named after the deployment]
    #[arg(short, long, value_name = "FILE|DIR", value_parser = super::path())]
    pub(crate) output: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
}
