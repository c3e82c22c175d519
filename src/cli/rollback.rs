//! `jelou rollback`

use clap::Args as ClapArgs;

use super::function::FunctionAndAnyDeployment;
use crate::api::IdempotencyKey;

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  jelou rollback my-fn dep_123 -y --wait\n  jelou rollback")]
pub struct Args {
    #[command(flatten)]
    pub(crate) of: FunctionAndAnyDeployment,
    /// Wait until the deployment is live
    #[arg(long)]
    pub(crate) wait: bool,
    /// Makes the command repeatable
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}
