//! What can be typed: one file a noun, no I/O, no logic. Help texts, the man pages and the completions are made of it.
#![allow(clippy::doc_markdown, reason = "the doc comments here are the help texts")]

pub mod account;
pub mod deploy;
pub mod deployments;
pub mod functions;
pub mod global;
pub mod reference;
pub mod sandbox;
pub mod secrets;
pub mod tokens;

use clap::{CommandFactory, Parser, Subcommand};

use crate::exit;

pub use global::Global;

/// Runtime tokens of Jelou functions, handed to pipelines without losing or leaking one.
///
/// A token's value is shown once. `jelou` hands it over exactly once, or revokes it again: stdout carries the result and
/// nothing else, every failure has its own exit status, and nothing is ever asked where nobody answers.
#[derive(Debug, Parser)]
#[command(
    name = "jelou",
    version,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = false,
    disable_help_subcommand = false,
    max_term_width = 100,
    after_long_help = after_help(),
)]
pub struct Cli {
    /// Flags that every command takes, before or after the verb.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create, list, revoke and rotate the runtime tokens of a function.
    #[command(subcommand, visible_alias = "token")]
    Tokens(tokens::Command),
    /// Deploy the function in this folder.
    Deploy(deploy::Args),
    /// List, show, create, delete and deploy functions.
    #[command(subcommand, visible_alias = "function")]
    Functions(functions::Command),
    /// List deployments, or wait until one is live.
    #[command(subcommand)]
    Deployments(deployments::Command),
    /// List, set and delete the secrets of a function.
    #[command(subcommand, visible_alias = "secret")]
    Secrets(secrets::Command),
    /// Store a management token as a profile, after checking it.
    Login(account::Login),
    /// Forget a stored management token.
    Logout(account::Logout),
    /// Show whose credential is used, and where it comes from.
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
    /// Write the man pages into a folder.
    #[command(hide = true)]
    Man(reference::Man),
}

impl Command {
    /// The name in `.command`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tokens(command) => command.name(),
            Self::Deploy(_) => "deploy",
            Self::Functions(command) => command.name(),
            Self::Deployments(command) => command.name(),
            Self::Secrets(command) => command.name(),
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
            Self::Whoami => "whoami",
            Self::Auth(command) => command.name(),
            Self::Sandbox(command) => command.name(),
            Self::Schema(_) => "schema",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}

/// The name of the command that a command line begins with, as far as it names one.
pub fn command_of(arguments: &[String]) -> String {
    let root = Cli::command();
    let mut node = &root;
    let mut names: Vec<&str> = Vec::new();
    for argument in arguments {
        if argument == "--" {
            break;
        }
        if let Some(next) = node.find_subcommand(argument) {
            names.push(next.get_name());
            node = next;
        }
    }
    names.join(" ")
}

/// What `--help` says below the flags: the exit statuses.
fn after_help() -> String {
    let mut text = String::from("Exit statuses:\n");
    for row in exit::table() {
        text.push_str(&format!("  {:>3}  {:<26}{}\n", row.status, row.code, row.when));
    }
    text.push_str(
        "\nExamples:\n  \
         TOKEN=$(jelou tokens create my-fn --name ci --quiet)\n  \
         jelou tokens list my-fn --json | jq -r '.data[].id'\n  \
         jelou tokens revoke my-fn tok_123 -y --wait\n  \
         jelou sandbox run -- bash",
    );
    text
}
