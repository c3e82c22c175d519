//! `jelou schema`, `completions`, `man`

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jelou schema tokens create\n  jelou schema | jq -r 'keys[]'")]
pub struct Schema {
    /// The command whose output is described, or a group of them [default: all]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  eval \"$(jelou completions bash)\"\n  \
    jelou completions zsh > ~/.zfunc/_jelou\n  jelou completions fish > ~/.config/fish/completions/jelou.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jelou man ./man && man ./man/jelou.1")]
pub struct Man {
    /// The folder, which is created if it does not exist
    #[arg(value_parser = super::path())]
    pub(crate) dir: PathBuf,
}

/// `jelou help`, which the parser is given beside the commands: it runs nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jelou help tokens create\n  jelou help exit-codes")]
pub struct Help {
    /// A command or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    pub(crate) words: Vec<String>,
}
