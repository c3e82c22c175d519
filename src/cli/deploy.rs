//! `jelou deploy`

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::tokens::Delivery;
use crate::api::IdempotencyKey;

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  jelou deploy --dry-run\n  jelou deploy -y --wait\n  jelou deploy ./my-function -y --to file:./token"
)]
pub struct Args {
    /// The folder of `jelou.json` [default: this one, or the nearest parent that has one]
    #[arg(value_parser = super::path())]
    pub(crate) dir: Option<PathBuf>,
    /// Wait until the deployment is live
    #[arg(long, visible_alias = "follow")]
    pub(crate) wait: bool,
    /// The same as `-y`
    #[arg(long)]
    pub(crate) no_confirm: bool,
    /// Check the files and say what would be sent, and send nothing; `--to` is not looked at
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    /// Makes the command repeatable
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}
