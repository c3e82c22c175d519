//! From the command line to flags, also when it cannot be understood.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Args as _, ColorChoice, value_parser};

use super::usage::{self, usage_error};
use crate::cli::topics::Topic;
use crate::cli::{Cli, Command, Global, canonical, functions, help, name_of, spelled_on, tokens};
use crate::commands::reference::topics;
use crate::config::Flags;
use crate::error::Error;
use crate::exit;
use crate::output::{Output, PresentationFlags, WriteError};

/// The flags of presentation of a command line that cannot be parsed, so that the error is shown as
/// was asked for. clap stops at the first error, so each word is parsed by itself, with the next
/// one in case it is the value.
pub(super) fn early_flags(line: &[OsString]) -> PresentationFlags {
    let words: Vec<&OsString> = line.iter().skip(1).take_while(|word| *word != "--").collect();
    let mut flags = PresentationFlags::default();
    let may_say = |word: &OsString| word.as_encoded_bytes().starts_with(b"-") && word != "-h" && word != "--help";
    if !words.iter().any(|word| may_say(word)) {
        return flags;
    }
    let global = Global::augment_args(clap::Command::new("jelou"))
        // A wrong value of another flag is no reason to overlook this one.
        .mut_args(|arg| if arg.get_action().takes_values() { arg.value_parser(value_parser!(OsString)) } else { arg })
        .no_binary_name(true)
        .disable_help_flag(true)
        .ignore_errors(true);
    for index in (0..words.len()).filter(|index| may_say(words[*index])) {
        let matches = global.clone().get_matches_from(words[index..].iter().take(2));
        let text = |id| matches.get_one::<OsString>(id).and_then(|text| text.to_str());
        flags.json |= matches.get_flag("json");
        flags.compact |= matches.get_flag("compact");
        flags.human |= matches.get_flag("human");
        flags.agent |= matches.get_flag("agent");
        flags.quiet |= matches.get_flag("quiet");
        flags.jq = flags.jq.or_else(|| text("jq").map(str::to_owned));
        flags.color = text("color").and_then(|text| text.parse().ok()).and_then(color_choice).or(flags.color);
    }
    flags
}

pub(super) fn presentation_flags(global: &Global) -> PresentationFlags {
    PresentationFlags {
        json: global.json,
        compact: global.compact,
        human: global.human,
        agent: global.agent,
        jq: global.jq.clone(),
        quiet: global.quiet,
        color: color_choice(global.color),
        verbose: global.verbose,
    }
}

fn color_choice(choice: ColorChoice) -> Option<bool> {
    (choice != ColorChoice::Auto).then_some(choice == ColorChoice::Always)
}

/// Refuses flags of one command that contradict those that every command takes.
pub(super) fn check(cli: &Cli) -> Result<(), Error> {
    let global = &cli.global;
    let another_format = global.json || global.agent || global.quiet || global.jq.is_some();
    match &cli.command {
        Command::Tokens(tokens::Command::List(list))
        | Command::Functions(functions::Command::Tokens(tokens::Command::List(list)))
            if list.ndjson && another_format =>
        {
            Err(Error::input("`--ndjson` is a format of its own")
                .with_hint("leave out `--json`, `--agent`, `--jq` and `--quiet`"))
        }
        Command::Call(_) => check_call(global, another_format),
        _ => Ok(()),
    }
}

/// `jelou call` prints what a function sends, and sends once.
fn check_call(global: &Global, another_format: bool) -> Result<(), Error> {
    if another_format {
        return Err(Error::input("`jelou call` prints the function's answer as it is")
            .with_hint("leave out `--json`, `--agent`, `--jq` and `--quiet`"));
    }
    if global.retries.is_some_and(|retries| retries > 0) {
        return Err(Error::input("`jelou call` sends its request once").with_hint("leave out `--retries`"));
    }
    if global.timeout.is_some() {
        return Err(Error::input("`--timeout` is that of a `--wait`, and `jelou call` waits for no deployment")
            .with_hint("`--request-timeout` is how long the function may take nothing and send nothing"));
    }
    Ok(())
}

pub(super) fn settings_flags(global: &Global) -> Flags {
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

/// The command that `--describe` asks about on a line that lacks what only running it would need.
pub(super) fn described_command(error: &clap::Error, line: &[OsString]) -> Option<String> {
    let lacks_something = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let words: Vec<String> = line.iter().skip(1).filter_map(|word| word.to_str().map(str::to_owned)).collect();
    let asks = words.iter().take_while(|word| *word != "--").any(|word| word == "--describe");
    (lacks_something && asks).then(|| spelled_on(&words))
}

/// Ends a run whose command line asked for help or was not understood.
pub(super) fn end(output: &Output, error: &clap::Error, line: &[OsString]) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // As in `-qh`, which only the parser takes for help.
        let colors = output.presentation.of_help().0;
        return print(output, help::of_line(line, colors).unwrap_or_else(|| help::text(&error.render(), colors)));
    }
    let words: Vec<String> = line.iter().skip(1).filter_map(|word| word.to_str().map(str::to_owned)).collect();
    let spelled = spelled_on(&words);
    let lacks_verb =
        matches!(error.kind(), ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
    if let Some(help) = lacks_verb.then(|| help::of_command(&spelled, false)).flatten() {
        let (colors, unicode) = output.presentation.of_help_on_stderr();
        output.explain_at_length(&format!("{}\n", in_charset(help::text(&help, colors), unicode)));
    }
    let error = usage_error(error, &spelled, &words);
    let _ = output.failure(canonical(&spelled), &error, &[]);
    error.exit_status()
}

/// `jelou help`: the help of a command, or a topic, on stdout.
pub(super) fn help(output: &Output, words: &[String]) -> u8 {
    let shown = match words {
        [topic] => Topic::named(topic).map(|topic| StyledStr::from(topics::text(topic))),
        _ => None,
    };
    let shown = shown.or_else(|| help::of_command(&name_of(words)?, true));
    if let Some(text) = shown {
        return print(output, help::text(&text, output.presentation.of_help().0));
    }
    let error = usage::no_such_help(words);
    let _ = output.failure("help", &error, &[]);
    error.exit_status()
}

/// Prints a text of our own on stdout; nobody needs to read it.
pub(super) fn print(output: &Output, text: String) -> u8 {
    match Output::stream(&in_charset(text, output.presentation.of_help().1)) {
        Ok(()) | Err(WriteError::NoReader) => exit::DONE,
        Err(lost) => {
            let error = lost.into_error();
            output.explain(&error);
            error.exit_status()
        }
    }
}

fn in_charset(text: String, unicode: bool) -> String {
    if unicode { text } else { text.replace('…', "...").replace(['“', '”'], "\"").replace('—', "-") }
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
        for line in [
            "jelou --json whoami --json",
            "jelou --timeout soon --json",
            "jelou tokens list --color nonsense --json",
            "jelou -x --name a b -vq --json --jq",
            "jelou --help --json",
        ] {
            assert!(early_flags(&words(line)).json, "{line}");
        }
        assert!(early_flags(&words("jelou -vq x")).quiet);
        assert_eq!(early_flags(&words("jelou --color never x")).color, Some(false));
    }
}
