//! `jelou init`

use clap::{Args as ClapArgs, ValueEnum};
use serde::Serialize;

use crate::api::IdempotencyKey;
use crate::api::wire::Slug;

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  jelou init --slug my-fn\n  \
    jelou init --slug my-fn --mode create --no-input\n  jelou init --slug my-fn --mode link --force")]
pub struct Args {
    /// The function: a-z, 0-9 and dashes, beginning with a letter [default: asks at a terminal]
    #[arg(value_name = "SLUG")]
    slug: Option<Slug>,
    /// The function, in place of the argument
    #[arg(short = 'f', long, visible_alias = "slug", value_name = "SLUG", conflicts_with = "slug")]
    function: Option<Slug>,
    /// Its name for people [default: the slug]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it is for
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Create the function, or look whether it exists [default: only files are written]
    #[arg(long)]
    pub(crate) mode: Option<OnPlatform>,
    /// Rewrite a `jelou.json` that exists, and write the files that are missing; `.gitignore` gets
    /// the lines that it lacks, and every other file stays as it is
    #[arg(long)]
    pub(crate) force: bool,
    /// Makes the command repeatable
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

/// What happens to the function on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnPlatform {
    /// It is made; if it exists, nothing is written
    Create,
    /// It must exist
    Link,
}

impl Args {
    /// The function, if it is named.
    pub(crate) fn slug(&self) -> Option<&Slug> {
        self.slug.as_ref().or(self.function.as_ref())
    }
}
