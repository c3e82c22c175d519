//! `jelou login`, `logout`, `auth …`

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jelou login\n  printf %s \"$PAT\" | jelou login --token-stdin --profile staging")]
pub struct Login {
    /// Read the management token from stdin
    #[arg(long)]
    pub(crate) token_stdin: bool,
    /// The management token; it shows in the process list, so prefer `--token-stdin`
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_stdin")]
    pub(crate) token: Option<String>,
    /// Accepted without effect: the vendor's CLI installs skills for AI editors, this one does not
    #[arg(long)]
    pub(crate) skip_skills: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jelou logout\n  jelou logout --profile staging\n  jelou logout --all -y")]
pub struct Logout {
    /// Forget every profile
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Auth {
    /// List stored profiles.
    #[command(visible_alias = "ls", after_help = "Example:\n  jelou auth list --json | jq -r '.data[].name'")]
    List,
    /// Make a profile the active one; asks which if none is named.
    #[command(after_help = "Examples:\n  jelou auth switch staging\n  jelou auth switch")]
    Switch(Switch),
    /// Forget a profile; its token is not revoked.
    #[command(visible_alias = "rm", after_help = "Example:\n  jelou auth remove staging -y")]
    Remove(Named),
}

/// A profile, maybe.
#[derive(Debug, Args)]
pub struct Switch {
    /// The profile; without it a terminal shows a list to pick from
    pub(crate) name: Option<String>,
}

/// A profile.
#[derive(Debug, Args)]
pub struct Named {
    /// The profile
    pub(crate) name: String,
}
