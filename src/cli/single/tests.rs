use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::cli::{help, nodes, parse_by_whole};
use crate::properties;

fn line(text: &str) -> Vec<OsString> {
    text.split(' ').map(OsString::from).collect()
}

/// A command as it was understood, whichever way its group was spelled.
fn understood(parsed: &Parsed) -> String {
    let command = match &parsed.cli.command {
        Command::Functions(Functions::Tokens(below)) => format!("Tokens({below:?})"),
        Command::Functions(Functions::Secrets(below)) => format!("Secrets({below:?})"),
        Command::Functions(Functions::Deployments(below)) => format!("Deployments({below:?})"),
        Command::Functions(Functions::Init(args)) => format!("Init({args:?})"),
        Command::Functions(Functions::Deploy(args)) => format!("Deploy({args:?})"),
        Command::Functions(Functions::Rollback(args)) => format!("Rollback({args:?})"),
        command => format!("{command:?}"),
    };
    format!("{} {:?} {command}", parsed.spelled, parsed.cli.global)
}

#[test]
fn every_command_has_a_parser_of_its_own() {
    let commands = nodes().into_iter().filter(|node| !node.is_group()).map(|node| canonical(&node.name).to_owned());
    let singles: BTreeSet<String> = SINGLES.iter().map(|single| single.name.to_owned()).collect();
    assert_eq!(singles.len(), SINGLES.len(), "one has two");
    assert_eq!(commands.collect::<BTreeSet<_>>(), singles);
}

#[test]
fn lines_that_pipelines_use_are_taken() {
    for text in [
        "jelou tokens create my-fn --name ci --json",
        "jelou --json --profile=ci tokens --timeout 5m create my-fn --name ci -q -v --to=file:./token",
        "jelou functions tokens list -f my-fn --ndjson --limit 3",
        "jelou tokens revoke my-fn tok_1 tok_2 -y --wait",
        "jelou tokens exec my-fn -- ./e2e.sh --help",
        "jelou functions deploy ./folder -y",
        "jelou whoami",
    ] {
        let parsed = parse(&line(text)).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(understood(&parsed), understood(&parse_by_whole(&line(text)).expect(text)), "{text}");
    }
}

#[test]
fn what_names_no_command_in_full_is_left_to_the_whole_parser() {
    for text in [
        "jelou",
        "jelou tokens",
        "jelou token create my-fn --name ci",
        "jelou -v tokens create my-fn --name ci",
        "jelou --nonsense tokens create",
        "jelou --name ci tokens create my-fn",
        "jelou -- tokens create my-fn --name ci",
        "jelou tokens create my-fn",
        "jelou tokens create my-fn --name ci --nonsense",
        "jelou --json=yes whoami",
        "jelou whoami --version",
    ] {
        assert!(parse(&line(text)).is_none(), "{text}");
    }
    for words in [["jelou", "tokens list", "my-fn"], ["jelou", "functions", "tokens list"]] {
        assert!(parse(&words.map(OsString::from)).is_none(), "{words:?}");
    }
}

#[test]
fn the_help_of_a_command_is_the_same_without_the_others() {
    let mut seen = 0;
    for node in nodes().into_iter().filter(|node| !node.is_group()) {
        for asked in ["-h", "--help"] {
            let line = line(&format!("jelou {} --json {asked} x", node.name));
            let whole = help::of_any(&line).unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!(help::of_single(&line, true), Some(help::text(&whole, true)));
            assert_eq!(help::of_single(&line, false), Some(help::text(&whole, false)));
            seen += 1;
        }
    }
    assert!(seen > 2 * SINGLES.len(), "both spellings");
}

proptest! {
    #![proptest_config(properties::config(2000))]

    /// Whatever is typed, in whatever order: what the one takes, the other takes for the same.
    #[test]
    fn both_parsers_understand_the_same(
        before in proptest::collection::vec(0..WORDS.len(), 0..3),
        single in 0..SINGLES.len(),
        is_second_spelling in any::<bool>(),
        between in proptest::collection::vec(0..WORDS.len(), 0..2),
        after in proptest::collection::vec(0..WORDS.len(), 0..7),
    ) {
        let words = |chosen: Vec<usize>| chosen.into_iter().map(|at| WORDS[at]).collect::<Vec<_>>();
        let mut name: Vec<&str> = SINGLES[single].name.split(' ').collect();
        if is_second_spelling {
            name.insert(0, "functions");
        }
        let (group, verb) = name.split_at(name.len() - 1);
        let typed = [vec!["jelou"], words(before), group.to_vec(), words(between), verb.to_vec(), words(after)].concat();
        let typed: Vec<OsString> = typed.into_iter().map(OsString::from).collect();
        if let Some(parsed) = parse(&typed) {
            let whole = parse_by_whole(&typed).map(|whole| understood(&whole));
            prop_assert_eq!(whole.ok(), Some(understood(&parsed)), "{:?}", typed);
        }
    }
}

const WORDS: &[&str] = &[
    "my-fn",
    "ci",
    "tok_1",
    "dep_1",
    "KEY=1",
    "/path",
    "x",
    "tokens",
    "create",
    "--",
    "-",
    "--json",
    "--json=1",
    "--quiet",
    "-q",
    "-y",
    "-qy",
    "-v",
    "-vv",
    "--verbose",
    "--yes",
    "--jq",
    ".data",
    "--jq=.x",
    "--profile",
    "--profile=a",
    "--timeout",
    "5m",
    "--timeout=1s",
    "--retries",
    "3",
    "-1",
    "--retries=0",
    "--color",
    "never",
    "--color=always",
    "--name",
    "--name=ci",
    "--wait",
    "--to",
    "stdout",
    "--to=file:./t",
    "--force",
    "-f",
    "-fmy-fn",
    "--function",
    "--limit",
    "--limit=2",
    "--ndjson",
    "--stdin",
    "--all",
    "--dry-run",
    "--describe",
    "--help",
    "-h",
    "--version",
    "--nonsense",
    "",
    "a b",
    "--agent",
    "--compact",
];
