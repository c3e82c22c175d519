//! Flags that every command takes, before or after the verb.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ColorChoice};

use crate::duration;

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
#[allow(clippy::struct_excessive_bools, reason = "one per flag of the command line")]
pub struct Global {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print JSON on one line, on a terminal too
    #[arg(long, global = true)]
    pub(crate) compact: bool,
    /// Print text, whatever `JELOU_OUTPUT` says
    #[arg(long, global = true)]
    pub(crate) human: bool,
    /// For programs: `--json --compact --no-input`, no colours, nothing on stderr but masks
    #[arg(long, global = true)]
    pub(crate) agent: bool,
    /// Print what a jq expression makes of the JSON document, strings raw; see `jelou help jq`
    #[arg(long, global = true, value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) jq: Option<String>,
    /// Print the value alone: of a new token, or ids, one a line
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Answer yes to what would be asked
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Never prompt
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Use a stored profile, even if `JELOU_TOKEN` is set
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The control plane [default: https://app.jelou.ai]
    #[allow(rustdoc::bare_urls, reason = "the comment is the help text")]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// The gateway, with `{slug}` in it or `/fn/SLUG` appended
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) gateway_url: Option<String>,
    /// Send tokens over plain HTTP, off this machine too
    #[arg(long, global = true)]
    pub(crate) allow_http: bool,
    /// Print a new token into the log of a CI job, which is otherwise refused
    #[arg(long, global = true)]
    pub(crate) print_token: bool,
    /// How long `--wait` and the like may take, such as 90s, 10m or 1h30m [default: 120s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// How long one request may take; of `call`, how long nothing may come or go [default: 30s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) request_timeout: Option<Duration>,
    /// How often a request that failed for a passing reason is sent again [default: 3]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub(crate) retries: Option<u32>,
    /// Trust the certificates in a file (PEM) instead of the system's
    #[arg(long, global = true, value_name = "FILE", value_parser = super::path())]
    pub(crate) ca_cert: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    /// Print the signature of this command as JSON, and run nothing
    #[arg(long, global = true)]
    pub(crate) describe: bool,
    /// Say on stderr where each setting comes from, and log requests: method, path, status, time,
    /// request id; never a secret
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}
