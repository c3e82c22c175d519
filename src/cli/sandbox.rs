//! `jelou sandbox …`

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::duration;

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Start the platform and leave it running.
    #[command(after_help = "Examples:\n  jelou sandbox start --port 8787 --state ./sandbox.json\n  \
        environment=$(jelou sandbox start --detach) && eval \"$environment\"\n  jelou sandbox start --detach --ready-file ./sandbox.env\n\n\
        stdout has `export` lines and nothing else. `sandbox stop` ends what `--detach` has started.")]
    Start(Start),
    /// Run a command against the platform, then leave nothing behind.
    #[command(after_help = "Examples:\n  jelou sandbox run -- bash\n  \
        jelou sandbox run -- bash -ec 'jelou tokens create my-function --name ci --quiet'\n  \
        jelou sandbox run --fault 'reset-after POST /v1/functions/*/tokens x1' -- ./pipeline.sh\n  \
        jelou sandbox run --as github -- bash -e ./step.sh\n\n\
        `--fault help`, `--scenario help` and `--seed-file help` explain what they take.")]
    Run(Run),
    /// Add faults to a running sandbox, list or clear them.
    #[command(
        after_help = "Examples:\n  jelou sandbox faults 'status=503 GET /v1/** x2'\n  jelou sandbox faults --list\n  \
        jelou sandbox faults --clear"
    )]
    Faults(Faults),
    /// Show what a running sandbox was asked, credentials by kind.
    #[command(after_help = "Example:\n  jelou sandbox journal --json | jq '.data.violations'")]
    Journal,
    /// Show what a running sandbox is and has: addresses, time, functions, tokens, faults, requests.
    #[command(after_help = "Example:\n  jelou sandbox status --json | jq .data.functions")]
    Status,
    /// Bring a running sandbox back to what it began with: functions, tokens, faults, clock, journal.
    #[command(after_help = "Example:\n  jelou sandbox reset")]
    Reset,
    /// End a running sandbox, whoever started it, and wait until it is gone.
    #[command(after_help = "Example:\n  jelou sandbox stop")]
    Stop,
    /// Move the clock of a running sandbox.
    #[command(after_help = "Example:\n  jelou sandbox advance 24h")]
    Advance(Advance),
}

/// How the platform behaves.
#[derive(Clone, Debug, Args)]
pub struct Platform {
    /// How long a redeploy takes [default: 200ms]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) redeploy_delay: Option<Duration>,
    /// A fault, repeatable, such as `reset-after POST /v1/functions/*/tokens x1`; `help` explains
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Vec<String>,
    /// Faults and settings: one that comes with the program, or a file (TOML, JSON); `help` lists them
    #[arg(long, value_name = "NAME|FILE", value_parser = super::path())]
    pub(crate) scenario: Option<PathBuf>,
    /// Make ids and values repeatable
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Functions, tokens and secrets to begin with, from a file (TOML, JSON); `help` shows one
    #[arg(long, value_name = "FILE", value_parser = super::path())]
    pub(crate) seed_file: Option<PathBuf>,
    /// The most requests a second that the control plane takes [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub(crate) rate_limit: Option<u32>,
}

#[derive(Debug, Args)]
pub struct Start {
    /// The port of 127.0.0.1 to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) port: u16,
    /// Keep the state in a file
    #[arg(long, value_name = "FILE", value_parser = super::path())]
    pub(crate) state: Option<PathBuf>,
    /// Go on in the background, and return once it listens
    #[arg(long)]
    pub(crate) detach: bool,
    /// Write the `export` lines to a file as well, once it listens; the file is gone when it ends
    #[arg(long, value_name = "PATH", value_parser = super::path())]
    pub(crate) ready_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) platform: Platform,
}

/// A CI system whose runner is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Played {
    #[value(name = "github")]
    GitHub,
}

#[derive(Debug, Args)]
pub struct Run {
    /// Play the runner of this CI system for the command: its variables and files, masks, its log
    #[arg(long = "as", value_enum, value_name = "SYSTEM")]
    pub(crate) played: Option<Played>,
    #[command(flatten)]
    pub(crate) platform: Platform,
    /// End with 2 if a fault never fired and the command ended with 0
    #[arg(long)]
    pub(crate) strict_faults: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub struct Faults {
    /// Faults, such as `status=503 GET /v1/** x2`
    #[arg(value_name = "SPEC", required_unless_present_any = ["list", "clear"])]
    pub(crate) specs: Vec<String>,
    /// List the faults that are not used up
    #[arg(long, conflicts_with = "specs")]
    pub(crate) list: bool,
    /// Remove the faults that are not used up
    #[arg(long, conflicts_with_all = ["specs", "list"])]
    pub(crate) clear: bool,
}

#[derive(Debug, Args)]
pub struct Advance {
    /// By how much
    #[arg(value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) by: Duration,
}
