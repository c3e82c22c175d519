//! The commands that run something, each with a parser of its own.
//!
//! A line names one command, and most lines are right. So the parser of that command alone is built
//! first: the words that name it are taken out of the line, the global flags before them are put
//! behind, and clap sees the rest. A line that this parser does not take is read again by the parser
//! of the whole program, so every error and every reading comes from there. A test holds the two
//! against each other.
//!
//! The help of one command is laid out without the others as well.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::{ArgAction, ArgMatches, Args, Command as Parser, FromArgMatches, Subcommand};

use super::account::{Auth, Login, Logout, Named, Switch};
use super::call::Call;
use super::deployments::Command as Deployments;
use super::functions::Command as Functions;
use super::reference::{Completions, Man, Schema};
use super::sandbox::Command as Sandbox;
use super::secrets::Command as Secrets;
use super::tokens::Command as Tokens;
use super::{Cli, Command, Global, Parsed, canonical};
use super::{deploy, deployments, functions, init, rollback, sandbox, secrets, tokens};

/// A command that runs something.
pub(super) struct Single {
    /// The words that name it; of two spellings the shorter one.
    name: &'static str,
    /// Adds its own arguments.
    arguments: fn(Parser) -> Parser,
    read: fn(&mut ArgMatches) -> Result<Command, clap::Error>,
}

macro_rules! takes {
    ($name:literal, $arguments:ty, $command:expr) => {
        Single {
            name: $name,
            arguments: <$arguments>::augment_args,
            read: |matches| <$arguments>::from_arg_matches_mut(matches).map($command),
        }
    };
}

macro_rules! takes_nothing {
    ($name:literal, $command:expr) => {
        Single { name: $name, arguments: |parser| parser, read: |_| Ok($command) }
    };
}

/// All of them.
const SINGLES: &[Single] = &[
    takes!("tokens create", tokens::Create, |args| Command::Tokens(Tokens::Create(args))),
    takes!("tokens list", tokens::List, |args| Command::Tokens(Tokens::List(args))),
    takes!("tokens info", tokens::Info, |args| Command::Tokens(Tokens::Info(args))),
    takes!("tokens revoke", tokens::Revoke, |args| Command::Tokens(Tokens::Revoke(args))),
    takes!("tokens rotate", tokens::Rotate, |args| Command::Tokens(Tokens::Rotate(args))),
    takes!("tokens regenerate", tokens::Regenerate, |args| Command::Tokens(Tokens::Regenerate(args))),
    takes!("tokens disable", tokens::Switch, |args| Command::Tokens(Tokens::Disable(args))),
    takes!("tokens enable", tokens::Switch, |args| Command::Tokens(Tokens::Enable(args))),
    takes!("tokens verify", tokens::Verify, |args| Command::Tokens(Tokens::Verify(args))),
    takes!("tokens whois", tokens::Whois, |args| Command::Tokens(Tokens::Whois(args))),
    takes!("tokens prune", tokens::Prune, |args| Command::Tokens(Tokens::Prune(args))),
    takes!("tokens exec", tokens::Exec, |args| Command::Tokens(Tokens::Exec(args))),
    takes!("tokens recover", tokens::Recover, |args| Command::Tokens(Tokens::Recover(args))),
    takes!("init", init::Args, Command::Init),
    takes!("deploy", deploy::Args, Command::Deploy),
    takes_nothing!("functions list", Command::Functions(Functions::List)),
    takes!("functions info", functions::Info, |args| Command::Functions(Functions::Info(args))),
    takes!("functions create", functions::Create, |args| Command::Functions(Functions::Create(args))),
    takes!("functions delete", functions::Delete, |args| Command::Functions(Functions::Delete(args))),
    takes!("deployments list", deployments::List, |args| Command::Deployments(Deployments::List(args))),
    takes!("deployments info", deployments::One, |args| Command::Deployments(Deployments::Info(args))),
    takes!("deployments wait", deployments::One, |args| Command::Deployments(Deployments::Wait(args))),
    takes!("deployments download", deployments::Download, |args| Command::Deployments(Deployments::Download(args))),
    takes!("rollback", rollback::Args, Command::Rollback),
    takes!("secrets list", secrets::List, |args| Command::Secrets(Secrets::List(args))),
    takes!("secrets set", secrets::Set, |args| Command::Secrets(Secrets::Set(args))),
    takes!("secrets delete", secrets::Delete, |args| Command::Secrets(Secrets::Delete(args))),
    takes!("call", Call, Command::Call),
    takes!("login", Login, Command::Login),
    takes!("logout", Logout, Command::Logout),
    takes_nothing!("whoami", Command::Whoami),
    takes_nothing!("auth list", Command::Auth(Auth::List)),
    takes!("auth switch", Switch, |args| Command::Auth(Auth::Switch(args))),
    takes!("auth remove", Named, |args| Command::Auth(Auth::Remove(args))),
    takes!("sandbox start", sandbox::Start, |args| Command::Sandbox(Sandbox::Start(args))),
    takes!("sandbox run", sandbox::Run, |args| Command::Sandbox(Sandbox::Run(args))),
    takes!("sandbox faults", sandbox::Faults, |args| Command::Sandbox(Sandbox::Faults(args))),
    takes_nothing!("sandbox journal", Command::Sandbox(Sandbox::Journal)),
    takes_nothing!("sandbox status", Command::Sandbox(Sandbox::Status)),
    takes_nothing!("sandbox reset", Command::Sandbox(Sandbox::Reset)),
    takes_nothing!("sandbox stop", Command::Sandbox(Sandbox::Stop)),
    takes!("sandbox advance", sandbox::Advance, |args| Command::Sandbox(Sandbox::Advance(args))),
    takes!("schema", Schema, Command::Schema),
    takes!("completions", Completions, Command::Completions),
    takes!("man", Man, Command::Man),
];

/// Reads a line, whose first word is the program's name, with the parser of the command that it
/// names. Nothing if it names none in full, or if the parser does not take the rest.
pub(super) fn parse(line: &[OsString]) -> Option<Parsed> {
    let Line { spelled, single, rest } = Line::split(line)?;
    // There is no command below to hand the global flags down to.
    let global = Global::augment_args(Parser::new("jelou")).mut_args(|flag| flag.global(false));
    let parser = (single.arguments)(global).no_binary_name(true);
    // The process ends soon; to free the parser would cost more than to build a part of it.
    let parser = Box::leak(Box::new(parser));
    let mut matches = parser.try_get_matches_from_mut(rest).ok()?;
    let command = (single.read)(&mut matches).ok()?;
    let global = Global::from_arg_matches_mut(&mut matches).ok()?;
    Some(Parsed { spelled, cli: Cli { global, command } })
}

/// A line that names a command in full.
struct Line<'a> {
    /// The words of the name as they were typed.
    spelled: String,
    single: &'static Single,
    /// Everything else.
    rest: Vec<&'a OsString>,
}

impl<'a> Line<'a> {
    /// Nothing also where the words before the end of the name are not all understood.
    fn split(line: &'a [OsString]) -> Option<Self> {
        let (mut names, mut rest) = (Vec::new(), Vec::new());
        let mut words = line.iter().skip(1);
        loop {
            let word = words.next()?;
            let text = word.to_str()?;
            if text.starts_with('-') {
                rest.push(word);
                if flag_before_name(text)?.takes_next_word {
                    rest.push(words.next()?);
                }
                continue;
            }
            // One word is no name of two.
            if text.contains(' ') {
                return None;
            }
            names.push(text);
            let spelled = names.join(" ");
            if let Some(single) = Single::of(&spelled) {
                rest.extend(words);
                return Some(Self { spelled, single, rest });
            }
        }
    }
}

struct FlagBeforeName {
    takes_next_word: bool,
}

/// A global flag, in a form that means the same behind the name.
fn flag_before_name(text: &str) -> Option<FlagBeforeName> {
    let (name, value) = match text.strip_prefix("--")?.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text.strip_prefix("--")?, None),
    };
    let global = Global::augment_args(Parser::new("jelou"));
    let flag = global.get_arguments().find(|flag| flag.get_long() == Some(name))?;
    match flag.get_action() {
        ArgAction::Set => Some(FlagBeforeName { takes_next_word: value.is_none() }),
        ArgAction::SetTrue if value.is_none() => Some(FlagBeforeName { takes_next_word: false }),
        // Counted on both sides of the name, it would count twice.
        _ => None,
    }
}

impl Single {
    /// The command of a name without aliases, in either spelling.
    fn of(spelled: &str) -> Option<&'static Self> {
        let name = canonical(spelled);
        SINGLES.iter().find(|single| single.name == name)
    }
}

/// Adds the arguments of commands to a tree whose commands have none yet: of those whose name, in
/// the spelling of the tree, is wanted.
pub(super) fn with_arguments(tree: Parser, wanted: &dyn Fn(&str) -> bool) -> Parser {
    below(tree, "", wanted)
}

fn below(group: Parser, name: &str, wanted: &dyn Fn(&str) -> bool) -> Parser {
    group.mut_subcommands(|command| {
        let name = format!("{name} {}", command.get_name());
        let name = name.trim_start();
        let command = below(command, name, wanted);
        match Single::of(name) {
            Some(single) if wanted(name) => single.dressed(command),
            Some(_) => adding_nothing_later(command),
            None => command,
        }
    })
}

impl Single {
    /// The command, which has its texts, with its arguments.
    fn dressed(&self, command: Parser) -> Parser {
        adding_nothing_later(keeping_texts(command, self.arguments))
    }
}

/// Replaces what clap would add to a command once a line names it, or its group is shown: arguments,
/// and with them the description of their type.
fn adding_nothing_later(command: Parser) -> Parser {
    command.defer(|command| command)
}

/// Adds arguments; a type that several commands share brings its description along.
fn keeping_texts(command: Parser, add: fn(Parser) -> Parser) -> Parser {
    let (about, long_about) = (command.get_about().cloned(), command.get_long_about().cloned());
    add(command).about(Resettable::from(about)).long_about(Resettable::from(long_about))
}

/// The command that a line names in full, with what stands in its help, and the rest of the line.
pub(super) fn described(line: &[OsString]) -> Option<(Parser, Vec<&OsString>)> {
    let Line { spelled, single, rest } = Line::split(line)?;
    let root = Parser::new("jelou");
    let (mut group, path) = match spelled.split_once(' ') {
        Some(("tokens", verb)) => (Tokens::augment_subcommands(root), verb),
        Some(("deployments", verb)) => (Deployments::augment_subcommands(root), verb),
        Some(("secrets", verb)) => (Secrets::augment_subcommands(root), verb),
        Some(("sandbox", verb)) => (Sandbox::augment_subcommands(root), verb),
        Some(("auth", verb)) => (Auth::augment_subcommands(root), verb),
        Some(("functions", rest)) => (Functions::augment_subcommands(root), rest),
        _ => (Command::augment_subcommands(root), spelled.as_str()),
    };
    for word in path.split(' ') {
        group = group.find_subcommand_mut(word).map(std::mem::take)?;
    }
    let command = keeping_texts(single.dressed(group), Global::augment_args).next_help_heading(None);
    Some((command.bin_name(format!("jelou {spelled}")).no_binary_name(true), rest))
}

#[cfg(test)]
mod tests;
