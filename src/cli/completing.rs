//! What can be typed next: which value stands at the cursor, and the words of the command line that
//! fit there. `clap_complete`'s engine does both; what exists on the platform is looked up between.

mod typed_line;

use std::ffi::{OsStr, OsString};
use std::sync::{Arc, Mutex};

use clap::ValueHint;
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};

pub(crate) use typed_line::TypedLine;

/// What an argument takes, as far as something is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A function that exists.
    Function,
    /// A word that is the function or, by its place and form, something of it.
    FunctionOr(Thing),
    /// Something of the function that the line is about.
    Of(Thing),
    Profile,
    Sink,
    Status,
    Fault,
    /// A scenario that comes with the program, or a file.
    Scenario,
    /// The next word of the name of something that has a schema.
    SchemaName,
    /// The next word of the name of a command, or a topic of the help.
    HelpName,
    Method,
    /// A text, or a file behind an `@`.
    Body,
    Path,
    /// A command to run and its arguments.
    Command,
}

/// What a function has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// A token as commands take it: by name or id.
    Token,
    TokenName,
    Deployment,
    Key,
    /// A key and `=`.
    Assignment,
}

/// What is asked: the value at the cursor.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) value: Value,
    /// What is typed of it so far.
    pub(crate) typed: String,
    /// What stands before it.
    pub(crate) line: TypedLine,
}

/// A word that can be typed, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) word: String,
    pub(crate) help: Option<String>,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Words(Vec<Candidate>),
    /// The files behind a prefix such as `file:`.
    Files {
        prefix: String,
    },
}

/// What a command's argument takes; nothing if it can be anything, or a fixed choice.
pub(crate) fn value_of(command: &str, argument: &clap::Arg) -> Option<Value> {
    let command = super::canonical(command);
    let name = argument.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
    if !argument.get_action().takes_values() || !argument.get_possible_values().is_empty() {
        return None;
    }
    match (argument.get_id().as_str(), name) {
        // It does not exist yet.
        ("slug" | "function", "SLUG") if command == "functions create" => None,
        ("first", "SLUG") => thing_of(command).map(Value::FunctionOr),
        (_, "SLUG") => Some(Value::Function),
        ("rest" | "second", _) => thing_of(command).map(Value::FunctionOr),
        ("name", "GLOB") | ("keep", _) => Some(Value::Of(Thing::TokenName)),
        ("stdin", "KEY") => Some(Value::Of(Thing::Key)),
        ("profile", _) => Some(Value::Profile),
        ("name", _) if command.starts_with("auth ") => Some(Value::Profile),
        ("to", "SINK") => Some(Value::Sink),
        ("status", _) => Some(Value::Status),
        ("fault" | "specs", _) => Some(Value::Fault),
        ("scenario", _) => Some(Value::Scenario),
        ("command", "COMMAND") => Some(Value::SchemaName),
        ("words", "COMMAND|TOPIC") => Some(Value::HelpName),
        ("request", "METHOD") => Some(Value::Method),
        ("data", "BODY") => Some(Value::Body),
        ("command", "CMD") => Some(Value::Command),
        _ if argument.get_value_hint() == ValueHint::AnyPath => Some(Value::Path),
        _ => None,
    }
}

/// What the words of a command name beside the function.
fn thing_of(command: &str) -> Option<Thing> {
    match command.split_once(' ').map_or((command, ""), |(noun, verb)| (noun, verb)) {
        ("tokens", _) => Some(Thing::Token),
        ("deployments" | "rollback", _) => Some(Thing::Deployment),
        ("secrets", "set") => Some(Thing::Assignment),
        ("secrets", _) => Some(Thing::Key),
        _ => None,
    }
}

type Answer = Arc<dyn Fn(Value, &OsStr) -> Vec<CompletionCandidate> + Send + Sync>;

/// The command line whose values are answered by `answer`.
fn tree_with(answer: &Answer) -> clap::Command {
    attach(super::tree(), "", answer)
}

fn attach(command: clap::Command, name: &str, answer: &Answer) -> clap::Command {
    let command = command.mut_args(|argument| {
        let Some(value) = value_of(name, &argument) else { return argument };
        let answer = Arc::clone(answer);
        argument.add(ArgValueCompleter::new(move |typed: &OsStr| answer(value, typed)))
    });
    command.mut_subcommands(|child| {
        let name = format!("{name} {}", child.get_name());
        attach(child, name.trim_start(), answer)
    })
}

fn run_engine(answer: &Answer, words: &[OsString]) -> Vec<CompletionCandidate> {
    let at = words.len().saturating_sub(1);
    // No folder: files are listed here and by the shells, not by the engine.
    engine::complete(&mut tree_with(answer), words.to_vec(), at, None).unwrap_or_default()
}

/// What stands at the cursor, which is in the last of the words; the first is the program. Nothing
/// if it is no value of which something is known.
pub(crate) fn question(words: &[OsString]) -> Option<Question> {
    let (_, before) = words.split_last()?;
    let line = TypedLine::read(before);
    let asked: Arc<Mutex<Option<(Value, String)>>> = Arc::default();
    let noted = Arc::clone(&asked);
    let is_escaped = line.behind_dashes.is_some();
    let note: Answer = Arc::new(move |value, typed| {
        let typed = typed.to_string_lossy().into_owned();
        // The engine also tries an option as an argument.
        if (is_escaped || !typed.starts_with('-'))
            && let Ok(mut noted) = noted.lock()
        {
            *noted = Some((value, typed));
        }
        Vec::new()
    });
    let _ = run_engine(&note, words);
    let (value, typed) = asked.lock().ok()?.take()?;
    Some(Question { value, typed, line })
}

/// The words that fit at the cursor: commands, options, and what is known of the value.
pub(crate) fn candidates(words: &[OsString], known: Known) -> Vec<Candidate> {
    let answer: Answer = Arc::new(move |_, typed| match &known {
        Known::Words(known) => {
            let typed = typed.to_string_lossy();
            let fitting = known.iter().filter(|candidate| candidate.word.starts_with(&*typed));
            fitting
                .map(|known| CompletionCandidate::new(&known.word).help(known.help.clone().map(Into::into)))
                .collect()
        }
        Known::Files { prefix } => {
            let typed = typed.to_string_lossy();
            let Some(path) = typed.strip_prefix(prefix.as_str()) else { return Vec::new() };
            let found = PathCompleter::any().complete(OsStr::new(path));
            // The engine adds the folder itself.
            found.into_iter().filter(|file| file.get_value() != ".").map(|file| file.add_prefix(prefix)).collect()
        }
    });
    let mut words = words.to_vec();
    // The engine offers one form of each option, and behind a dash the short ones, which nobody
    // remembers.
    if let Some(last) = words.last_mut().filter(|last| *last == "-") {
        *last = "--".into();
    }
    let typed = words.last().map(|word| word.to_string_lossy()).unwrap_or_default();
    let mut found = run_engine(&answer, &words);
    if typed.is_empty() {
        without_noise(&mut found);
    }
    found.iter().filter_map(|found| candidate(found, &typed)).collect()
}

/// Nothing for what is not UTF-8. Of a command's names the engine offers the first in the alphabet;
/// a person takes the usual one.
fn candidate(found: &CompletionCandidate, typed: &str) -> Option<Candidate> {
    let command = found.get_id().and_then(|id| id.strip_prefix("command::")).filter(|name| name.starts_with(typed));
    let word = command.or_else(|| found.get_value().to_str())?.to_owned();
    Some(Candidate { word, help: found.get_help().map(ToString::to_string) })
}

/// Where nothing is typed yet, options are offered only if nothing else is: in their long form, and
/// those of the command alone, for every command has two dozen others.
fn without_noise(found: &mut Vec<CompletionCandidate>) {
    let is_option = |found: &CompletionCandidate| found.get_value().as_encoded_bytes().starts_with(b"-");
    let root = super::tree();
    let is_everywhere = |id: &str| id == "help" || root.get_arguments().any(|option| option.get_id() == id);
    let is_own = |found: &CompletionCandidate| {
        let id = found.get_id().and_then(|id| id.strip_prefix("arg::"));
        id.is_some_and(|id| !is_everywhere(id)) && found.get_value().as_encoded_bytes().starts_with(b"--")
    };
    let has_others = found.iter().any(|candidate| !is_option(candidate));
    found.retain(|candidate| if has_others { !is_option(candidate) } else { is_own(candidate) });
}

#[cfg(test)]
#[path = "completing/tests.rs"]
mod tests;
