//! `jelou secrets …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::function::{Function, FunctionAndKeys, FunctionAndSecrets};
use crate::api::wire::SecretName;

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// List the keys; values are never shown.
    #[command(visible_alias = "ls", after_help = "Example:\n  jelou secrets list my-fn")]
    List(List),
    /// Set secrets, with one deployment for all of them; asks for them if none is given.
    #[command(after_help = "Examples:\n  jelou secrets set my-fn OTHER_FN_TOKEN=jfn_rt_...\n  \
        jelou secrets set my-fn --from-env .env\n  printf %s \"$VALUE\" | jelou secrets set my-fn --stdin API_KEY\n  jelou secrets set my-fn")]
    Set(Set),
    /// Delete secrets.
    #[command(
        visible_alias = "rm",
        override_usage = "jelou secrets delete [OPTIONS] [SLUG] <KEY>...",
        after_help = "Example:\n  jelou secrets delete my-fn API_KEY -y"
    )]
    Delete(Delete),
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub(crate) of: Function,
}

#[derive(Debug, Args)]
pub struct Set {
    #[command(flatten)]
    pub(crate) of: FunctionAndSecrets,
    /// Set the variables of a dotenv file, read as bash reads it
    #[arg(long, value_name = "FILE", value_parser = super::path())]
    pub(crate) from_env: Option<PathBuf>,
    /// Set one key to what stdin says; one line feed at its end is cut off
    #[arg(long, value_name = "KEY")]
    pub(crate) stdin: Option<SecretName>,
    /// Wait until the deployment is live
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    pub(crate) of: FunctionAndKeys,
    /// Count a key that does not exist as deleted
    #[arg(long)]
    pub(crate) ignore_missing: bool,
    /// Wait until the deployment is live
    #[arg(long)]
    pub(crate) wait: bool,
}
