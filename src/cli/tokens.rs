//! `jelou tokens …`

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::function::{Function, FunctionAndToken, FunctionAndTokens};
use crate::api::IdempotencyKey;
use crate::api::wire::{Slug, TokenName};
use crate::delivery;
use crate::duration;
use crate::moment::{self, Moment};

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Create a token; its value is shown once.
    #[command(after_help = "Examples:\n  TOKEN=$(jelou tokens create my-fn --name ci --quiet)\n  \
        TOKEN=$(jelou tokens create my-fn --name ci --json | jq -r .data.token)\n  \
        jelou tokens create my-fn --name ci --to github-env:JELOU_FUNCTION_TOKEN --wait")]
    Create(Create),
    /// List tokens.
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  jelou tokens list my-fn\n  \
        jelou tokens list my-fn --name 'pr-*' --unused-for 30d --json | jq -r '.data[].id'"
    )]
    List(List),
    /// Show a token: when it was made and last used, and when it expires.
    #[command(
        visible_aliases = ["show", "get"],
        override_usage = "jelou tokens info [OPTIONS] [SLUG] <TOKEN>",
        after_help = "Examples:\n  jelou tokens info my-fn ci\n  \
        jelou tokens info my-fn tok_123 --json | jq -r .data.last_used_at"
    )]
    Info(Info),
    /// Revoke tokens: clients using them are refused once the deployment is live.
    #[command(visible_aliases = ["delete", "rm"], override_usage = "jelou tokens revoke [OPTIONS] [SLUG] <TOKEN>...", after_help = "Examples:\n  jelou tokens revoke my-fn tok_123 -y --wait\n  \
        jelou tokens revoke my-fn ci partner-api --dry-run\n  \
        jelou tokens list my-fn --name 'pr-*' --quiet | jelou tokens revoke my-fn --stdin -y")]
    Revoke(Revoke),
    /// Give a token a new value and a new id, with no moment without a valid one.
    #[command(
        override_usage = "jelou tokens rotate [OPTIONS] [SLUG] <TOKEN>",
        after_help = "Examples:\n  jelou tokens rotate my-fn ci --to file:./token\n  \
        TOKEN=$(jelou tokens rotate my-fn ci --grace 10m --quiet)"
    )]
    Rotate(Rotate),
    /// Give a token a new value and a new id; the old value stops at once.
    #[command(
        override_usage = "jelou tokens regenerate [OPTIONS] [SLUG] <TOKEN>",
        after_help = "Example:\n  TOKEN=$(jelou tokens regenerate my-fn ci -y --quiet)"
    )]
    Regenerate(Regenerate),
    /// Refuse tokens until they are enabled again.
    #[command(
        override_usage = "jelou tokens disable [OPTIONS] [SLUG] <TOKEN>...",
        after_help = "Example:\n  jelou tokens disable my-fn partner-api -y --wait"
    )]
    Disable(Switch),
    /// Accept disabled tokens again.
    #[command(
        override_usage = "jelou tokens enable [OPTIONS] [SLUG] <TOKEN>...",
        after_help = "Example:\n  jelou tokens enable my-fn partner-api --wait"
    )]
    Enable(Switch),
    /// Ask the gateway whether a token is accepted.
    #[command(after_help = "Examples:\n  JELOU_FUNCTION_TOKEN=$TOKEN jelou tokens verify my-fn\n  \
        printf %s \"$TOKEN\" | jelou tokens verify my-fn --token-stdin")]
    Verify(Verify),
    /// Find out whose values stand in a text, such as a log, and revoke them.
    ///
    /// The text is read from stdin to its end and sent nowhere, and no value is printed. A value is found as it is,
    /// percent-encoded, escaped as in JSON, coloured, in UTF-16, and inside of base64 of all that, twice at the most and with
    /// any text before its lines. One that the end of a line splits is found in base64 alone, and one that is
    /// compressed or in hexadecimal is not. The value of a management token is pointed out and not looked up.
    ///
    /// The tokens of all functions that the credential may list are looked through, whatever `JELOU_FUNCTION` and
    /// `jelou.json` say. The gateway is asked only of functions that have a token of the same prefix, which counts as a use
    /// of the token. A value that fits no token was revoked or rotated already, or belongs to another account.
    ///
    /// `--check` ends with 0 only if nothing that was found is or may be accepted. That the gateway refuses a value with the
    /// prefix of an active token proves nothing: the token may not be live yet, and the value may have been found in part.
    /// A value that fits no token may be accepted while a deployment that may have revoked it is not live; if one function is
    /// named, nobody asks about the others. A management token is no all-clear either. A text of no bytes ends with 2.
    ///
    /// `--revoke` revokes what is proven to be the token of a value, or the only token that it can be where no gateway can
    /// tell: one of a public function, or one that is disabled. It names what is not: one of several tokens with one prefix
    /// in one function, an active token whose gateway refuses the value, is asked too often or does not answer, or one that
    /// is not live yet; `--wait` waits for that. Then it ends with 12, as it does where a function cannot be listed or a
    /// gateway not be asked: what is not known is not all clear.
    #[command(after_help = "Examples:\n  jelou tokens whois < build.log\n  \
        gh run view 123 --log | jelou tokens whois --check\n  \
        jelou tokens whois --revoke -y --wait < build.log")]
    Whois(Whois),
    /// Revoke the tokens that filters select; the last active one stays.
    #[command(after_help = "Examples:\n  jelou tokens prune my-fn --name 'pr-*' --unused-for 30d --dry-run\n  \
        jelou tokens prune my-fn --all --keep default -y")]
    Prune(Prune),
    /// Run a command with a token that exists only as long as it runs.
    #[command(after_help = "Examples:\n  jelou tokens exec my-fn -- ./e2e.sh\n  \
        jelou tokens exec my-fn --name e2e -- npm test")]
    Exec(Exec),
    /// Deliver or revoke the token that a killed run left behind.
    #[command(after_help = "Examples:\n  jelou tokens recover\n  jelou tokens recover --revoke -y")]
    Recover(Recover),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum IfExists {
    #[default]
    Fail,
    Rotate,
}

/// Where a new value goes.
#[derive(Clone, Debug, Default, Args)]
pub struct Delivery {
    #[arg(long, value_name = "SINK", help = delivery::help(), long_help = delivery::long_help())]
    pub(crate) to: Vec<String>,
    /// Let `--to file:` replace a file
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    pub(crate) of: Function,
    /// The token's name, unique in its function
    #[arg(long)]
    pub(crate) name: TokenName,
    /// What to do if the name exists: fail with `CONFLICT`, or rotate that token
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) if_exists: IfExists,
    /// After how long it expires [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) expires_in: Option<Duration>,
    /// Wait until the deployment is live and the gateway accepts the token
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    /// Makes the command repeatable: the same key gives the same token
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

/// What selects tokens.
#[derive(Clone, Debug, Default, Args)]
pub struct Filters {
    /// Only tokens whose name fits a pattern, such as `pr-*`
    #[arg(long, value_name = "GLOB")]
    pub(crate) name: Option<String>,
    /// Only tokens of a status: active, disabled, expired
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Only tokens not used for so long; one never used counts from its creation
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) unused_for: Option<Duration>,
    /// Only tokens created before a day (2026-04-01, from its start in the zone of the table), before
    /// a time with its offset (2026-04-01T09:00:00Z), or longer ago than an age (90d)
    #[arg(long, value_name = "WHEN", value_parser = moment::parse)]
    pub(crate) created_before: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    Name,
    Created,
    LastUsed,
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub(crate) of: Function,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// The order: by name, the oldest first, or the longest unused first [default: the server's]
    #[arg(long, value_enum, value_name = "KEY", conflicts_with = "ndjson")]
    pub(crate) sort: Option<Sort>,
    /// The most tokens to list
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) limit: Option<NonZeroUsize>,
    /// Print one JSON object a line, page by page
    #[arg(long)]
    pub(crate) ndjson: bool,
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it is not a whole number from 1 on".to_owned())
}

#[derive(Debug, Args)]
pub struct Info {
    #[command(flatten)]
    pub(crate) of: FunctionAndToken,
}

#[derive(Debug, Args)]
pub struct Revoke {
    #[command(flatten)]
    pub(crate) of: FunctionAndTokens,
    /// Read the tokens from stdin, one a line
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Count a token that does not exist as revoked
    #[arg(long)]
    pub(crate) ignore_missing: bool,
    /// Check and say what would be revoked, and revoke nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Wait until the deployment is live
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub struct Rotate {
    #[command(flatten)]
    pub(crate) of: FunctionAndToken,
    /// How long the old value stays accepted once the new one is [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) grace: Option<Duration>,
    /// No effect: a rotation waits in any case until the new value is accepted, and never until the old one is refused
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    /// Makes the command repeatable
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

#[derive(Debug, Args)]
pub struct Regenerate {
    #[command(flatten)]
    pub(crate) of: FunctionAndToken,
    /// Wait until the gateway accepts the new value
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    /// Makes the command repeatable
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

#[derive(Debug, Args)]
pub struct Switch {
    #[command(flatten)]
    pub(crate) of: FunctionAndTokens,
    /// Wait until the deployment is live
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub(crate) of: Function,
    /// Read the runtime token from stdin instead of `JELOU_FUNCTION_TOKEN`
    #[arg(long)]
    pub(crate) token_stdin: bool,
}

#[derive(Debug, Args)]
pub struct Whois {
    /// The one function to look through [default: all that the credential may list]
    #[arg(value_name = "SLUG")]
    slug: Option<Slug>,
    /// The function, in place of the argument
    #[arg(short = 'f', long, value_name = "SLUG", conflicts_with = "slug")]
    function: Option<Slug>,
    /// End with 12 if a value is accepted, or may be
    #[arg(long)]
    pub(crate) check: bool,
    /// Revoke the tokens that are found; needs `-y`, for stdin is the text
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Wait until the deployments are live and the gateway refuses the values
    #[arg(long, requires = "revoke")]
    pub(crate) wait: bool,
}

impl Whois {
    /// The one function that is looked through. There is no default: a leak may be anybody's.
    pub(crate) fn only(&self) -> Option<&Slug> {
        self.slug.as_ref().or(self.function.as_ref())
    }
}

#[derive(Debug, Args)]
pub struct Prune {
    #[command(flatten)]
    pub(crate) of: Function,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// Select every token
    #[arg(long)]
    pub(crate) all: bool,
    /// The name of a token that stays, repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) keep: Vec<TokenName>,
    /// Check and say what would be revoked, and revoke nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Wait until the deployment is live
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
pub struct Exec {
    #[command(flatten)]
    pub(crate) of: Function,
    /// The token's name [default: exec- and a random part]
    #[arg(long)]
    pub(crate) name: Option<TokenName>,
    /// After how long it expires, should nothing revoke it before [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) expires_in: Option<Duration>,
    /// No effect: the command is run once the token is accepted in any case, and nobody waits until it is refused
    #[arg(long)]
    pub(crate) wait: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub struct Recover {
    /// Revoke what was left behind instead of delivering it
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Drop the entry and ask nobody; the token may still exist
    #[arg(long, conflicts_with = "revoke")]
    pub(crate) forget: bool,
    /// Which one, if there are several: the beginning of the id that the error names
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: Option<String>,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
}
