//! What can be typed: one file for each noun, no I/O, no logic. The help, the man pages and the
//! completions are made from it.
#![allow(clippy::doc_markdown, reason = "the doc comments here are the help texts")]

pub(crate) mod account;
pub(crate) mod call;
pub(crate) mod completing;
pub(crate) mod deploy;
pub(crate) mod deployments;
mod describe;
pub(crate) mod fault_help;
pub(crate) mod function;
pub(crate) mod functions;
pub(crate) mod global;
pub mod help;
pub(crate) mod init;
pub(crate) mod reference;
pub(crate) mod rollback;
pub(crate) mod sandbox;
pub(crate) mod secrets;
mod single;
pub(crate) mod synonyms;
pub(crate) mod tokens;
pub mod topics;
pub(crate) mod vendors_own;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{FromArgMatches, Parser, Subcommand};

use crate::typed_path;

pub use describe::{CommandNode, describe};
pub(crate) use global::Global;

/// Runtime tokens of Jelou functions, delivered to pipelines without losing or leaking one.
#[derive(Debug, Parser)]
#[command(
    name = "jelou",
    bin_name = "jelou",
    version,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = false,
    // It has a `help` of its own, which knows the topics.
    disable_help_subcommand = true,
    max_term_width = help::WIDEST,
    after_help = EXAMPLES,
)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The arguments of a command are added when they are needed (`defer`): by clap once a line names it,
/// by [`single`] for what is made from all of them.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Create, list, revoke and rotate the runtime tokens of a function.
    #[command(subcommand, visible_alias = "token")]
    Tokens(tokens::Command),
    /// Write the files of a new function into this folder.
    Init(init::Args),
    /// Deploy the function in this folder.
    Deploy(deploy::Args),
    /// List, show, create, delete and deploy functions.
    #[command(subcommand, visible_alias = "function")]
    Functions(functions::Command),
    /// List, show and download deployments, or wait until one is live.
    #[command(subcommand)]
    Deployments(deployments::Command),
    /// Run the code of an earlier deployment again.
    Rollback(rollback::Args),
    /// List, set and delete the secrets of a function.
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Send one request to a function, with the runtime token in its header, and print the answer.
    Call(call::Call),
    /// Store a management token as a profile, after checking it, and make that the active one.
    ///
    /// A management token is an API key of the platform, made at
    /// https://apps.jelou.ai/settings/api-keys, or a personal access token (`jfn_pat_…`). Without
    /// `--token-stdin` and `--token` it is asked for, and not shown.
    #[allow(rustdoc::bare_urls, reason = "the comment is the help text")]
    Login(account::Login),
    /// Forget a stored management token: that of `--profile`, of `JELOU_PROFILE`, or the active one.
    Logout(account::Logout),
    /// Show whose credential is used, and where it comes from.
    #[command(after_help = "Example:\n  jelou whoami --json | jq -r '.data.scopes[]'")]
    Whoami,
    /// List, switch and remove stored profiles.
    #[command(subcommand)]
    Auth(account::Auth),
    /// The platform on this machine, to test pipelines offline.
    #[command(subcommand)]
    Sandbox(sandbox::Command),
    /// Print the JSON Schema of a command's output.
    Schema(reference::Schema),
    /// Print the completions of a shell.
    Completions(reference::Completions),
    /// Write the man pages into a folder, for `man`.
    Man(reference::Man),
}

const EXAMPLES: &str = "Examples:
  TOKEN=$(jelou tokens create my-fn --name ci --quiet)
  jelou tokens list my-fn --json | jq -r '.data[].id'
  jelou tokens revoke my-fn tok_123 -y --wait
  jelou sandbox run -- bash";

/// All commands with their arguments.
pub fn tree() -> clap::Command {
    help::with_variables(single::with_arguments(help::parser(), &|_| true))
}

/// A command line that was understood.
pub struct Parsed {
    /// The words that name the command, without aliases: `functions tokens list`.
    pub spelled: String,
    pub cli: Cli,
}

impl Parsed {
    /// What is `.command` of the envelope: `tokens list`.
    pub fn command(&self) -> &str {
        canonical(&self.spelled)
    }
}

/// What `--version` prints.
pub(crate) const VERSION: &str = concat!("jelou ", env!("CARGO_PKG_VERSION"), "\n");

/// Whether a line asks for the version and nothing else.
pub(crate) fn asks_for_version(line: &[OsString]) -> bool {
    matches!(line, [_, flag] if flag == "--version" || flag == "-V")
}

/// Parses a command line, whose first word is the program's name. Help and version are errors of
/// clap, too.
pub fn parse(line: &[OsString]) -> Result<Parsed, clap::Error> {
    match single::parse(line) {
        Some(parsed) => Ok(parsed),
        None => parse_by_whole(line),
    }
}

/// Parses a command line by the parser of the whole program.
fn parse_by_whole(line: &[OsString]) -> Result<Parsed, clap::Error> {
    let matches = help::parser().try_get_matches_from(line)?;
    let mut names = Vec::new();
    let mut at = &matches;
    while let Some((name, below)) = at.subcommand() {
        names.push(name);
        at = below;
    }
    Ok(Parsed { spelled: names.join(" "), cli: Cli::from_arg_matches(&matches)? })
}

/// The command or group of a name without `jelou`, with what it inherits; empty for the program.
pub(crate) fn command(name: &str) -> Option<clap::Command> {
    let mut root = tree();
    root.build();
    let mut words = name.split(' ').filter(|word| !word.is_empty());
    words.try_fold(root, |node, word| node.find_subcommand(word).cloned())
}

/// A command that can be typed, or a group of them.
pub struct Node {
    /// Its name without `jelou`: `tokens create`; empty for the program itself.
    pub name: String,
    pub command: clap::Command,
}

impl Node {
    pub fn is_group(&self) -> bool {
        self.command.has_subcommands()
    }
}

/// Every command and group, each before those in it, in the order of the help.
pub fn nodes() -> Vec<Node> {
    let mut found = Vec::new();
    collect("", &tree(), &mut found);
    found
}

fn collect(name: &str, command: &clap::Command, found: &mut Vec<Node>) {
    found.push(Node { name: name.to_owned(), command: command.clone() });
    // `help` runs nothing.
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        let name = format!("{name} {}", child.get_name());
        let name = name.trim_start();
        // A group that is spelled in two ways is shown once.
        if !is_second_spelling(name) || !child.has_subcommands() {
            collect(name, child, found);
        }
    }
}

/// The words that name a command on a line that cannot be parsed: as far as they name one, without
/// aliases.
pub(crate) fn spelled_on(words: &[String]) -> String {
    follow(words).0
}

/// The name of the command or group that these words name, by names or aliases; nothing if a word
/// is left over.
pub(crate) fn name_of(words: &[String]) -> Option<String> {
    let (spelled, followed) = follow(words);
    (followed == words.len()).then(|| canonical(&spelled).to_owned())
}

/// The command that these words lead to, and how many of them named one. Flags and their values are
/// passed over; what follows a word that names nothing names nothing either.
fn follow(words: &[String]) -> (String, usize) {
    // Only the flags of the program stand before a name, so the commands need none here.
    let root = help::parser();
    let mut node = &root;
    let mut names: Vec<&str> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            if word == "--" {
                break;
            }
            if root.get_arguments().any(|flag| takes_next_word(flag, word)) {
                words.next();
            }
            continue;
        }
        let Some(next) = node.find_subcommand(word) else { break };
        names.push(next.get_name());
        node = next;
    }
    (names.join(" "), names.len())
}

/// Whether a word is this flag, and its value the next word.
fn takes_next_word(flag: &clap::Arg, word: &str) -> bool {
    let long = word.strip_prefix("--").is_some_and(|name| flag.get_long() == Some(name));
    let short = word.len() == 2 && word.strip_prefix('-').and_then(|rest| rest.chars().next()) == flag.get_short();
    flag.get_action().takes_values() && !flag.is_positional() && (long || (short && flag.get_short().is_some()))
}

/// What the vendor's pages spell both with and without `functions` before it.
const SPELLED_TWICE: [&str; 6] = ["deploy", "deployments", "init", "rollback", "secrets", "tokens"];

/// The name in `.command` of a command that can be typed in two ways: the shorter one.
pub fn canonical(name: &str) -> &str {
    let flat = name.strip_prefix("functions ").filter(|rest| {
        let first = rest.split(' ').next().unwrap_or(rest);
        SPELLED_TWICE.contains(&first)
    });
    flat.unwrap_or(name)
}

/// Whether a command has a shorter name.
pub(crate) fn is_second_spelling(name: &str) -> bool {
    canonical(name) != name
}

/// Reads a path, and refuses one that only a shell would have changed.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(typed_path::parse)
}
