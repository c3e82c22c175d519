//! Usage errors: what clap found wrong with a command line, in the words of every other error.

mod intended;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::topics::Topic;
use crate::cli::{self, canonical, vendors_own};
use crate::error::Error;
use crate::typed_word;

/// The error for a command line that could not be parsed. `command` is the command that its words
/// name, without the program's name; empty for the program.
pub(super) fn usage_error(error: &clap::Error, command: &str, words: &[String]) -> Error {
    if let Some(refused) = source(error).and_then(|source| source.downcast_ref::<Error>()) {
        // A type of this crate refused the value, and says more than clap could.
        let refused_again = Error::new(refused.code(), refused.message());
        let of_command = intended::hints(error, canonical(command), words);
        return of_command.iter().chain(refused.hints()).fold(refused_again, Error::with_hint);
    }
    if let Some(own) = vendors_own(error, command) {
        return own;
    }
    let is_word = |argument: &ContextValue| !argument.to_string().starts_with('-');
    if error.kind() == ErrorKind::UnknownArgument
        && error.get(ContextKind::InvalidArg).is_some_and(is_word)
        && takes_token(command)
    {
        let what = if command == "login" { "takes no words" } else { "takes no more words" };
        let refused = Error::input(format!("`jelou {command}` {what}, and the one here is not repeated"));
        return refused
            .with_hint("a token is given with `--token-stdin`; one typed here may now be in your shell's history");
    }
    let space = if command.is_empty() { "" } else { " " };
    intended::hints(error, canonical(command), words)
        .into_iter()
        .fold(Error::input(message(error)), Error::with_hint)
        .with_hint(format!("see `jelou{space}{command} --help`"))
}

/// Whether a command takes a token, so that a word without a place may be one.
fn takes_token(command: &str) -> bool {
    let node = cli::nodes().into_iter().find(|node| node.name == canonical(command));
    node.is_some_and(|node| node.command.get_arguments().any(|argument| argument.get_long() == Some("token-stdin")))
}

/// The error for words behind `jelou help` that name neither a command nor a topic.
pub(super) fn no_such_help(words: &[String]) -> Error {
    let typed = words.join(" ");
    let commands: Vec<String> = cli::nodes().into_iter().map(|node| node.name).collect();
    let known = commands.iter().map(String::as_str).chain(Topic::ALL.map(Topic::name));
    let shown: Vec<String> = words.iter().cloned().map(unless_secret).collect();
    let error = Error::input(format!("There is no command and no topic `{}`", shown.join(" ")));
    let near = typed_word::similar("command or topic", &typed, known);
    near.into_iter().fold(error, Error::with_hint).with_hint("`jelou --help` shows both")
}

/// The error for a verb that only the vendor's CLI has.
fn vendors_own(error: &clap::Error, command: &str) -> Option<Error> {
    let word = error.get(ContextKind::InvalidSubcommand)?.to_string();
    let own = vendors_own::find(command, &word)?;
    let space = if command.is_empty() { "" } else { " " };
    let refused = Error::input(format!("`jelou {command}{space}{word}` is not a part of this program"));
    Some(own.hints().fold(refused, Error::with_hint))
}

/// A word as an error may repeat it. What stands behind `=` may be a value. An API key has no
/// prefix that tells what it is, so a word of letters and digits that is as long as a secret (128
/// bits make 22 characters) is cut.
fn unless_secret(word: String) -> String {
    const LONG: usize = 20;
    if let Some((key, _)) = word.split_once('=').filter(|_| !word.starts_with('-')) {
        return format!("{}=…", unless_secret(key.to_owned()));
    }
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let is_mixed = word.contains(|c: char| c.is_ascii_digit()) && word.contains(|c: char| c.is_ascii_alphabetic());
    if word.len() >= LONG && !word.starts_with('-') && word.chars().all(is_part) && is_mixed {
        return format!("{}…", &word[..4]);
    }
    word
}

fn source(error: &clap::Error) -> Option<&(dyn std::error::Error + 'static)> {
    std::error::Error::source(error)
}

fn message(error: &clap::Error) -> String {
    let text = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = unless_secret(text(ContextKind::InvalidArg));
    let value = unless_secret(text(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("Unexpected argument `{argument}` found"),
        ErrorKind::InvalidSubcommand => {
            format!("Unrecognized subcommand `{}`", unless_secret(text(ContextKind::InvalidSubcommand)))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "A command is missing".to_owned()
        }
        ErrorKind::MissingRequiredArgument => {
            format!("The following required arguments were not provided: {argument}")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let problem = if value.is_empty() {
                format!("A value is required for `{argument}` but none was supplied")
            } else {
                format!("Invalid value `{value}` for `{argument}`")
            };
            let valid = error.get(ContextKind::ValidValue).map(ToString::to_string).filter(|valid| !valid.is_empty());
            match (valid, source(error)) {
                (Some(valid), _) => format!("{problem} [possible values: {valid}]"),
                (None, Some(reason)) => format!("{problem}: {reason}"),
                (None, None) => problem,
            }
        }
        ErrorKind::ArgumentConflict => match error.get(ContextKind::PriorArg) {
            Some(ContextValue::String(prior)) if *prior == argument => {
                format!("The argument `{argument}` cannot be used multiple times")
            }
            Some(prior) => format!("The argument `{argument}` cannot be used with {}", quoted(prior)),
            None => format!("The argument `{argument}` cannot be used here"),
        },
        ErrorKind::TooManyValues => {
            format!("Unexpected value `{value}` for `{argument}` found; no more were expected")
        }
        other => {
            let problem = other.as_str().unwrap_or("the command line cannot be understood");
            let mut letters = problem.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
    }
}

fn quoted(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(several) => several.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "),
        one => format!("`{one}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{spelled_on, tree};

    /// The message and the hint for a command line.
    fn said(line: &str) -> (String, String) {
        let error = tree().try_get_matches_from(line.split(' ')).expect_err(line);
        let words: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
        let error = usage_error(&error, &spelled_on(&words), &words);
        assert_eq!(error.exit_status(), 2, "{line}");
        (error.message(), error.hint().unwrap_or_default())
    }

    #[test]
    fn each_kind_of_usage_error_is_one_sentence() {
        for (line, message) in [
            ("jelou", "A command is missing"),
            ("jelou tokens", "A command is missing"),
            ("jelou tokens creat", "Unrecognized subcommand `creat`"),
            ("jelou tokens list it's", "`it's` is not a "),
            ("jelou tokens list a --o'k", "Unexpected argument `--o'k` found"),
            ("jelou tokens create a", "The following required arguments were not provided: --name <NAME>"),
            ("jelou tokens list --sort x", "Invalid value `x` for `--sort <KEY>` [possible values: "),
            ("jelou tokens list --timeout 1x", "Invalid value `1x` for `--timeout <DURATION>`: `1x` is not a duration"),
            ("jelou tokens list --retries x", "Invalid value `x` for `--retries <N>`: invalid digit"),
            (
                "jelou login --token a --token-stdin",
                "The argument `--token <TOKEN>` cannot be used with `--token-stdin`",
            ),
            ("jelou whoami --json --json", "The argument `--json` cannot be used multiple times"),
            ("jelou whoami --json=x", "Unexpected value `x` for `--json` found; no more were expected"),
        ] {
            let (found, _) = said(line);
            assert!(found.starts_with(message), "{line}: {found}");
            assert!(!found.contains('\n') && !found.ends_with('.'), "{found}");
        }
    }

    #[test]
    fn a_missing_value_is_named_and_nothing_more() {
        let (found, _) = said("jelou tokens list --timeout");
        assert_eq!(found, "A value is required for `--timeout <DURATION>` but none was supplied");
    }

    #[test]
    fn a_suggestion_is_a_hint_before_the_help() {
        for (line, hint) in [
            ("jelou tokens list a --nam x", "a similar argument exists: `--name`; see `jelou tokens list --help`"),
            ("jelou tokens list a --sort nam", "a similar value exists: `name`; see `jelou tokens list --help`"),
            ("jelou whoam", "a similar subcommand exists: `whoami`; see `jelou --help`"),
            ("jelou tokens", "see `jelou tokens --help`"),
        ] {
            assert_eq!(said(line).1, hint, "{line}");
        }
    }

    #[test]
    fn an_error_of_a_type_of_ours_stays_as_it_is() {
        let (message, hint) = said("jelou tokens create my-fn --name tok_1");
        assert!(message.contains("`tok_1`"), "{message}");
        assert!(!hint.contains("--help"), "{hint}");
    }
}
