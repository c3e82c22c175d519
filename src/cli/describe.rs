//! The command tree as data, for programs that choose their words from it (docs: `--describe`).
//! Global flags are left out: they stand in the help of every command.

use clap::{Arg, ArgAction, Command};
use serde::Serialize;

use super::command;

/// A command or a group, with what is below it.
#[derive(Debug, Serialize)]
pub struct CommandNode {
    /// What is typed: `jelou tokens create`.
    command: String,
    description: String,
    arguments: Vec<Argument>,
    options: Vec<CommandOption>,
    /// Command lines that can be typed.
    examples: Vec<String>,
    subcommands: Vec<CommandNode>,
}

/// A word without a flag.
#[derive(Debug, Serialize)]
struct Argument {
    /// `SLUG`; `-- CMD` for words behind `--`.
    name: String,
    description: String,
    required: bool,
    /// Whether there may be several.
    multiple: bool,
    /// The only values that are taken; empty if any is.
    values: Vec<String>,
}

/// A flag of this command.
#[derive(Debug, Serialize)]
struct CommandOption {
    /// `--name`.
    name: String,
    /// `-f`.
    short: Option<String>,
    /// Other spellings.
    aliases: Vec<String>,
    /// The name of its value; null for a switch.
    value: Option<String>,
    description: String,
    required: bool,
    /// Whether it may be given several times.
    multiple: bool,
    default: Option<String>,
    values: Vec<String>,
}

/// The description of a command by its name without `jelou`; empty for the whole tree. Nothing if
/// there is no such command.
pub fn describe(name: &str) -> Option<CommandNode> {
    Some(of(&command(name)?, name))
}

fn of(command: &Command, name: &str) -> CommandNode {
    let usage = command.clone().render_usage().to_string();
    let own: Vec<&Arg> = command.get_arguments().filter(|argument| !is_for_every_command(argument)).collect();
    let (positional, flags): (Vec<&Arg>, Vec<&Arg>) = own.into_iter().partition(|argument| argument.is_positional());
    let below = command.get_subcommands().filter(|child| !child.is_hide_set() && child.get_name() != "help");
    let subcommands = below.map(|child| of(child, format!("{name} {}", child.get_name()).trim_start()));
    CommandNode {
        command: format!("jelou {name}").trim_end().to_owned(),
        description: text(command.get_about()),
        arguments: positional.into_iter().map(|argument| Argument::of(argument, &usage)).collect(),
        options: flags.into_iter().map(CommandOption::of).collect(),
        examples: examples(&text(command.get_after_help())),
        subcommands: subcommands.collect(),
    }
}

fn is_for_every_command(argument: &Arg) -> bool {
    argument.is_global_set()
        || argument.is_hide_set()
        || matches!(
            argument.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        )
}

impl Argument {
    fn of(argument: &Arg, usage: &str) -> Self {
        let name = value_name(argument);
        Self {
            description: description(argument),
            // Which word is missing can depend on the others, which only the usage line shows.
            required: argument.is_required_set() || usage.contains(&format!("<{name}>")),
            multiple: argument.get_num_args().is_some_and(|range| range.max_values() > 1),
            values: values(argument),
            name: if argument.is_last_set() { format!("-- {name}") } else { name },
        }
    }
}

impl CommandOption {
    fn of(argument: &Arg) -> Self {
        let takes_value = argument.get_action().takes_values();
        let long = |name: &str| format!("--{name}");
        Self {
            name: argument.get_long().map(long).unwrap_or_default(),
            short: argument.get_short().map(|letter| format!("-{letter}")),
            aliases: argument.get_visible_aliases().unwrap_or_default().into_iter().map(long).collect(),
            value: takes_value.then(|| value_name(argument)),
            description: description(argument),
            required: argument.is_required_set(),
            multiple: matches!(argument.get_action(), ArgAction::Append | ArgAction::Count),
            default: argument
                .get_default_values()
                .first()
                .filter(|_| takes_value)
                .map(|value| value.to_string_lossy().into_owned()),
            values: if takes_value { values(argument) } else { Vec::new() },
        }
    }
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    names.first().map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string)
}

fn values(argument: &Arg) -> Vec<String> {
    argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

fn description(argument: &Arg) -> String {
    text(argument.get_long_help().or_else(|| argument.get_help()))
}

fn text(styled: Option<&clap::builder::StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

/// The lines below `Example:` or `Examples:`.
fn examples(after_help: &str) -> Vec<String> {
    let lines = after_help.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
    lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}
