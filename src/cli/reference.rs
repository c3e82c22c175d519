//! `jelou schema`, `completions`, `man`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `jelou schema`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jelou schema tokens create")]
pub struct Schema {
    /// The command whose output is described; without it, all of them
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `jelou completions`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jelou completions bash > ~/.local/share/bash-completion/completions/jelou")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// `jelou man`
#[derive(Debug, Args)]
pub struct Man {
    /// The folder
    pub dir: PathBuf,
}
