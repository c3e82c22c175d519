//! From the command line to flags, also when it cannot be understood.

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::cli::global::Color;
use crate::cli::{Cli, Command, Global, command_of, tokens};
use crate::config::Flags;
use crate::error::Error;
use crate::exit;
use crate::output::presentation::ColorChoice;
use crate::output::{Output, PresentationFlags, WriteError};

/// The flags of presentation, read without understanding the rest, so that a usage error is shown as was asked for.
pub fn early_flags(line: &[OsString]) -> PresentationFlags {
    let mut flags = PresentationFlags::default();
    let words: Vec<&str> = line.iter().skip(1).filter_map(|word| word.to_str()).collect();
    for (index, word) in words.iter().enumerate() {
        match *word {
            "--" => break,
            "--json" => flags.json = true,
            "--compact" => flags.compact = true,
            "--human" => flags.human = true,
            "--agent" => flags.agent = true,
            "--quiet" | "-q" => flags.quiet = true,
            "--jq" => flags.jq = words.get(index + 1).map(|text| (*text).to_owned()),
            word => {
                if let Some(expression) = word.strip_prefix("--jq=") {
                    flags.jq = Some(expression.to_owned());
                }
            }
        }
    }
    flags
}

/// The flags of presentation.
pub fn presentation_flags(global: &Global) -> PresentationFlags {
    PresentationFlags {
        json: global.json,
        compact: global.compact,
        human: global.human,
        agent: global.agent,
        jq: global.jq.clone(),
        quiet: global.quiet,
        color: match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        },
        verbose: global.verbose,
    }
}

/// Refuses flags of one command that contradict those that every command takes.
///
/// # Errors
/// `INPUT_ERROR` that names them.
pub fn check(cli: &Cli) -> Result<(), Error> {
    let global = &cli.global;
    let another_format = global.json || global.agent || global.quiet || global.jq.is_some();
    match &cli.command {
        Command::Tokens(tokens::Command::List(list)) if list.ndjson && another_format => {
            Err(Error::input("`--ndjson` is a format of its own")
                .with_hint("leave out `--json`, `--agent`, `--jq` and `--quiet`"))
        }
        _ => Ok(()),
    }
}

/// The flags of the settings.
pub fn settings_flags(global: &Global) -> Flags {
    Flags {
        profile: global.profile.clone(),
        api_url: global.api_url.clone(),
        gateway_url: global.gateway_url.clone(),
        allow_http: global.allow_http,
        ca_cert: global.ca_cert.clone(),
        timeout: global.timeout,
        request_timeout: global.request_timeout,
        retries: global.retries,
    }
}

/// Ends a run whose command line asked for help or was not understood.
pub fn end(output: &Output, error: &clap::Error, line: &[OsString]) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let text = error.render();
        let shown = if output.presentation.color_stdout { text.ansi().to_string() } else { text.to_string() };
        return match output.stream(&shown) {
            Ok(()) | Err(WriteError::NoReader) => exit::DONE,
            Err(lost) => {
                let error = lost.into_error();
                output.explain(&error);
                error.exit_status()
            }
        };
    }
    let words: Vec<String> = line.iter().skip(1).filter_map(|word| word.to_str().map(str::to_owned)).collect();
    let command = command_of(&words);
    let error = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            usage_error("a command is missing", &command)
        }
        // A value that a type of ours refused: it says why better than the parser could.
        _ => match std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>()) {
            Some(refused) => refused
                .hints()
                .iter()
                .fold(Error::new(refused.code(), refused.message()), |error, hint| error.with_hint(hint.clone())),
            None => usage_error(&error.render().to_string(), &command),
        },
    };
    let _ = output.failure(&command, &error, &[]);
    error.exit_status()
}

/// One sentence out of what the parser says, and where the help is.
fn usage_error(rendered: &str, command: &str) -> Error {
    let mut sentence = String::new();
    let mut tip = String::new();
    for line in rendered.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")) {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("tip: ") {
            tip.push_str(text);
            tip.push_str("; ");
        } else if !line.is_empty() {
            sentence.push_str(if sentence.is_empty() { "" } else { " " });
            sentence.push_str(line.strip_prefix("error: ").unwrap_or(line));
        }
    }
    let mut letters = sentence.chars();
    let sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let space = if command.is_empty() { "" } else { " " };
    Error::input(sentence.replace('\'', "`"))
        .with_hint(format!("{tip}see `jelou{space}{command} --help`").replace('\'', "`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn presentation_is_known_before_the_rest_is_understood() {
        let flags = early_flags(&words("jelou tokens creat --json --nonsense"));
        assert!(flags.json && !flags.quiet);
        assert!(!early_flags(&words("jelou sandbox run -- jq --json")).json);
        assert_eq!(early_flags(&words("jelou --jq .data x")).jq.as_deref(), Some(".data"));
        assert_eq!(early_flags(&words("jelou --jq=.data x")).jq.as_deref(), Some(".data"));
    }

    #[test]
    fn a_usage_error_is_one_sentence_and_a_next_step() {
        let error = usage_error(
            "error: unexpected argument '--nam' found\n\n  tip: a similar argument exists: '--name'\n\nUsage: jelou x\n",
            "tokens create",
        );
        assert_eq!(error.message(), "Unexpected argument `--nam` found");
        let bare = usage_error("error: a value is required\n\nFor more information, try '--help'.\n", "");
        assert_eq!(
            (bare.message().as_str(), bare.hint().as_deref()),
            ("A value is required", Some("see `jelou --help`"))
        );
        assert_eq!(
            error.hint().as_deref(),
            Some("a similar argument exists: `--name`; see `jelou tokens create --help`")
        );
    }
}
