//! Sentences on a narrow terminal: broken between words, never inside of a command that is to be
//! copied; elsewhere they are lines as before.

use unicode_width::UnicodeWidthStr;

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

/// Lines whose sentences are longer than a narrow terminal is wide: errors, hints, warnings, what was
/// done and what is told meanwhile.
const LINES: [&str; 7] = [
    "tokens list no-such-function",
    "tokens create my-function --name default",
    "tokens create my-function --name ci --name2",
    "tokens rotate my-function default --to file:./token",
    "tokens revoke my-function nobody-has-this-name -y",
    "tokens revoke my-function nobody-has-this-name --ignore-missing -y",
    "secrets set my-function A_KEY=1",
];

#[test]
fn sentences_break_between_words() {
    for columns in [40, 60, 79] {
        for line in LINES {
            let arguments: Vec<&str> = line.split(' ').collect();
            let wide = {
                let mut cli = Cli::new();
                cli.set("COLUMNS", "1000");
                cli.at_terminal(&arguments, Streams::All, None).screen
            };
            let mut cli = Cli::new();
            cli.set("COLUMNS", &columns.to_string());
            let screen = cli.at_terminal(&arguments, Streams::All, None).screen;
            let flat = |text: &str| {
                let words = text.split_whitespace().filter(|word| !word.contains('_')).map(str::to_owned);
                words.collect::<Vec<_>>()
            };
            assert_eq!(flat(&screen), flat(&wide), "{columns} {line}: no word is lost or broken");
            // A field is data, and is not broken.
            for shown in screen.lines().filter(|shown| shown.width() > columns && !shown.starts_with('▸')) {
                // What cannot be broken stands alone.
                let alone = shown.trim().trim_end_matches([',', ';', ')']);
                assert!(
                    !alone.contains(' ') || alone.matches('`').count() == 2 && alone.starts_with(['`', '(']),
                    "{columns}: {shown:?}"
                );
            }
            for shown in screen.lines() {
                assert_eq!(shown.matches('`').count() % 2, 0, "{columns}: a command is broken: {shown:?}");
            }
        }
    }
}

/// It breaks lines itself, and people search and copy sentences in one.
#[test]
fn a_terminal_of_the_usual_width_gets_whole_sentences() {
    for line in LINES {
        let arguments: Vec<&str> = line.split(' ').collect();
        let [usual, wide] = ["80", "1000"].map(|columns| {
            let mut cli = Cli::new();
            cli.set("COLUMNS", columns);
            cli.at_terminal(&arguments, Streams::All, None).screen.lines().count()
        });
        assert_eq!(usual, wide, "{line}");
    }
}

/// A document, a path with blanks in it: what is copied is not broken.
#[test]
fn data_is_never_broken() {
    let mut cli = Cli::new();
    cli.set("COLUMNS", "40");
    for kind in ["claude", "cursor", "vscode"] {
        let flag = format!("--mcp-config={kind}");
        let streams = Streams::NoStderr;
        let session = cli.at_terminal(&["functions", "info", "my-function", &flag], streams, None).ended(0);
        // Behind the document is what stderr got.
        let document = serde_json::Deserializer::from_str(&session.screen).into_iter::<serde_json::Value>().next();
        assert!(document.unwrap().unwrap().is_object(), "{kind}");
    }
    let to = format!("file:./{}", "a folder of many words ".repeat(3));
    let session =
        cli.at_terminal(&["tokens", "create", "my-function", "--name", "new", "--to", &to], Streams::All, None);
    assert!(session.ended(0).screen.contains("a folder of many words a folder of many words"), "the path is whole");
}

/// A log and a pipe have no width, whatever `COLUMNS` says; nor is a line of a job's log broken,
/// where a system could take the beginning of a line for a command.
#[test]
fn only_a_terminal_is_narrow() {
    let mut cli = Cli::new();
    cli.set("COLUMNS", "40");
    let arguments = ["tokens", "list", "no-such-function"];
    let ran = cli.jelou(&arguments).ended(5);
    assert_eq!(ran.stderr, "error: No function `no-such-function` (NOT_FOUND, exit 5)\n");
    cli.set("CI", "true");
    let session = cli.at_terminal(&arguments, Streams::All, None).ended(5);
    assert_eq!(session.screen, ran.stderr);
}
