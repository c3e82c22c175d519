//! What somebody may have meant by a line that cannot be parsed: hints, the likeliest first.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::unless_secret;
use crate::cli::{self, synonyms};
use crate::typed_word::{listed, nearest, quoted, similar};

/// The hints for an error of a command, whose name is empty for the program.
pub(super) fn hints(error: &clap::Error, command: &str, words: &[String]) -> Vec<String> {
    let text = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let Some(node) = cli::command(command) else { return Vec::new() };
    match error.kind() {
        ErrorKind::InvalidSubcommand => verb(&node, command, &text(ContextKind::InvalidSubcommand), words),
        ErrorKind::UnknownArgument => argument(&node, command, &text(ContextKind::InvalidArg)),
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(valid)) => {
                let valid = valid.iter().map(String::as_str);
                similar("value", &text(ContextKind::InvalidValue), valid).into_iter().collect()
            }
            _ => Vec::new(),
        },
        // A file is taken for the function.
        ErrorKind::ValueValidation if command == "tokens whois" && text(ContextKind::InvalidArg) == "[SLUG]" => {
            vec!["the text is read from stdin: `jelou tokens whois < FILE`".to_owned()]
        }
        ErrorKind::ArgumentConflict => two_functions(error, &node).into_iter().collect(),
        ErrorKind::MissingRequiredArgument => example(&node).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// For a word below a group.
fn verb(node: &Command, group: &str, word: &str, words: &[String]) -> Vec<String> {
    if let Some(hint) = synonyms::of_word(group, word) {
        return vec![hint.to_owned()];
    }
    let known = node.get_subcommands().filter(|child| !child.is_hide_set()).flat_map(names);
    let mut near = nearest(word, known);
    // A command is proposed once, by the nearer of its names.
    let called = |name: &str| node.find_subcommand(name).map(Command::get_name);
    let all = near.clone();
    near.retain(|name| all.iter().find(|first| called(first) == called(name)) == Some(name));
    let near = listed("subcommand", &near);
    let nodes = cli::nodes();
    let elsewhere = |fits: &dyn Fn(&str) -> bool| {
        let shown = nodes.iter().filter(|node| !node.name.is_empty() && !cli::is_second_spelling(&node.name));
        let found = shown.filter(|node| fits(node.command.get_name())).map(|node| format!("jelou {}", node.name));
        let found: Vec<String> = found.collect();
        named(&found.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let exact = elsewhere(&|name| name == word);
    let mut hints: Vec<String> = near.into_iter().chain(exact).collect();
    let behind = words.iter().skip_while(|typed| *typed != word).skip(1).take_while(|typed| *typed != "--");
    let verb = behind.filter(|_| !group.is_empty()).find_map(|typed| node.find_subcommand(typed));
    if let (true, Some(verb)) = (hints.is_empty(), verb) {
        let verb = verb.get_name();
        hints.push(format!("the verb stands before the function: `jelou {group} {verb} {}`", repeated(word, "SLUG")));
    }
    if hints.is_empty() {
        let best = nearest(word, nodes.iter().map(|node| node.command.get_name()));
        hints.extend(best.first().and_then(|best| elsewhere(&|name| name == *best)));
    }
    hints
}

fn names(command: &Command) -> impl Iterator<Item = &str> {
    std::iter::once(command.get_name()).chain(command.get_visible_aliases())
}

/// For an argument that the command does not take.
fn argument(node: &Command, command: &str, typed: &str) -> Vec<String> {
    if typed.starts_with('-') { flag(node, typed).into_iter().collect() } else { word(node, command, typed) }
}

fn flag(node: &Command, typed: &str) -> Option<String> {
    let shown: Vec<&Arg> = node.get_arguments().filter(|argument| !argument.is_hide_set()).collect();
    let longs = |globals: bool| {
        let of = shown.iter().filter(move |argument| argument.is_global_set() == globals);
        of.flat_map(|argument| argument.get_long_and_visible_aliases().unwrap_or_default())
            .map(|long| format!("--{long}"))
            .collect::<Vec<_>>()
    };
    let (own, global) = (longs(false), longs(true));
    let all: Vec<&str> = own.iter().chain(&global).map(String::as_str).collect();
    let here = synonyms::of_flag(typed).filter(|here| all.contains(here));
    if let Some(here) = here {
        return listed("argument", &[here]);
    }
    if typed.starts_with("--") {
        // The hyphens are in all of them, and would make any two alike.
        let bare = all.iter().map(|long| long.trim_start_matches('-'));
        let near: Vec<String> =
            nearest(typed.trim_start_matches('-'), bare).into_iter().map(|long| format!("--{long}")).collect();
        return listed("argument", &near.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let begins = |long: &&String| long[2..].chars().next() == typed[1..].chars().next();
    let found: Vec<&str> = own.iter().filter(begins).map(String::as_str).collect();
    listed("argument", &found)
}

/// For a word that has no place.
fn word(node: &Command, command: &str, typed: &str) -> Vec<String> {
    let takes = |long: &str| node.get_arguments().find(|argument| argument.get_long() == Some(long));
    if node.get_positionals().any(Arg::is_last_set) {
        return vec![format!(
            "`--` stands before the command that is run: `jelou {command} … -- {}`",
            repeated(typed, "CMD")
        )];
    }
    if let Some(name) = takes("name") {
        let what = if name.is_required_set() { "gives the name" } else { "says the name" };
        return vec![format!("`--name {}` {what}", repeated(typed, "NAME"))];
    }
    let last = node.get_positionals().last();
    let last = last.and_then(|last| last.get_value_names()?.first().cloned());
    last.map(|what| format!("`jelou {command}` takes one {what} at a time")).into_iter().collect()
}

/// A word as a shell takes it; one that may be a secret is not repeated.
fn repeated(word: &str, otherwise: &str) -> String {
    if unless_secret(word.to_owned()) == word { quoted(word) } else { otherwise.to_owned() }
}

/// For a word beside `-f`.
fn two_functions(error: &clap::Error, node: &Command) -> Option<String> {
    let texts = [ContextKind::InvalidArg, ContextKind::PriorArg].map(|kind| error.get(kind).map(ToString::to_string));
    let is_slug = |text: &Option<String>| text.as_deref().is_some_and(|text| text.trim_matches(['[', ']']) == "SLUG");
    if !texts.iter().any(is_slug) {
        return None;
    }
    let takes_name = node.get_arguments().any(|argument| argument.get_long() == Some("name"));
    let name = if takes_name { "; `--name NAME` gives the name" } else { "" };
    Some(format!("with `-f` no word is the function{name}"))
}

/// A line that can be typed.
fn example(node: &Command) -> Option<String> {
    let help = node.get_after_help()?.to_string();
    let line = help.lines().skip_while(|line| !line.starts_with("Example")).nth(1)?;
    Some(format!("for example `{}`", line.trim()))
}

/// Commands that are called so, under another group.
fn named(commands: &[&str]) -> Option<String> {
    let quoted: Vec<String> = commands.iter().map(|command| format!("`{command}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [one] => Some(format!("a command of that name exists: {one}")),
        several => Some(format!("commands of that name exist: {}", several.join(", "))),
    }
}
