//! Tables fit the terminal: names are shortened, columns of little use go, narrow terminals get two
//! lines a row; in a pipe nothing is cut.

use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::support::cli::Cli;
use crate::support::terminal::Streams;

const LIST: &[&str] = &["tokens", "list", "my-function"];
const LONG: &str = "deploy-of-the-customer-portal-from-the-pipeline-of-the-night";

fn with(functions: &Value) -> Cli {
    let fixture = Fixture::parse(&json!({ "functions": functions }).to_string()).expect("a fixture");
    Cli::with(|builder| builder.fixture(fixture).clock(SandboxClock::manual()).redeploy_delay(Duration::ZERO))
}

fn with_tokens(tokens: &Value) -> Cli {
    with(&json!([{"slug": "my-function", "tokens": tokens}]))
}

/// What a terminal of so many columns shows.
#[track_caller]
fn at(cli: &mut Cli, columns: usize, arguments: &[&str]) -> Vec<String> {
    cli.set("COLUMNS", &columns.to_string());
    let session = cli.at_terminal(arguments, Streams::All, None).ended(0);
    let lines: Vec<String> = session.screen.lines().map(str::to_owned).collect();
    for line in &lines {
        assert!(line.width() <= columns, "{} of {columns} columns: {line:?}", line.width());
    }
    lines
}

fn many_kinds() -> Cli {
    with_tokens(&json!([
        {"name": LONG, "created_at": "2020-01-01T00:00:00Z", "last_used_at": "2022-01-01T12:30:00Z"},
        {"name": "off", "created_at": "2019-01-01T00:00:00Z", "disabled": true},
        {"name": "month", "created_at": "2026-01-01T00:00:00Z", "expires_at": "2096-05-01T00:00:00Z"},
    ]))
}

#[test]
fn no_line_is_wider_than_the_terminal_and_no_word_is_broken() {
    let mut cli = many_kinds();
    let ids: Vec<String> = cli.sandbox.tokens("my-function").iter().map(|token| token.id.to_string()).collect();
    let prefixes: Vec<String> =
        cli.sandbox.tokens("my-function").iter().map(|token| format!("{}..", token.prefix)).collect();
    for columns in [200, 132, 120, 100, 92, 90, 80, 72, 66, 60, 59, 50, 40, 36] {
        let lines = at(&mut cli, columns, LIST);
        for word in lines.iter().flat_map(|line| line.split("   ")).map(str::trim) {
            let is_whole = |begins: &str, all: &[String]| !word.starts_with(begins) || all.iter().any(|it| it == word);
            assert!(is_whole("tok_", &ids) && is_whole("jfn_", &prefixes), "{columns}: {word:?} {lines:?}");
        }
        let text = lines.join("\n");
        // A header and four tokens.
        assert_eq!(lines.len(), if columns < 60 { 10 } else { 5 }, "{columns}: {text}");
        for word in ["Name", "Status", "off", "month", "disabled"] {
            assert!(text.contains(word), "{columns}: no {word} in {text}");
        }
    }
}

/// The path is shortened before what became of the request is left out.
#[test]
fn the_journal_shows_what_became_of_a_request_of_a_long_path() {
    let mut cli = with_tokens(&json!([]));
    cli.jelou(&["sandbox", "faults", "status=503 GET /v1/functions/** x*"]).ended(0);
    cli.jelou(&["deployments", "info", "my-function", "dep_0123456789abcdefghij", "--retries", "0"]).ended(9);
    for columns in [120, 80, 60] {
        let text = at(&mut cli, columns, &["sandbox", "journal"]).join("\n");
        assert!(text.contains("503") && text.contains("status"), "{columns}: {text}");
        assert!(text.contains("GET") && text.contains("/v1/functions/"), "{columns}: {text}");
    }
}

#[test]
fn the_columns_of_least_use_go_first() {
    let mut cli = with_tokens(&json!([{"name": "ci-deploy", "created_at": "2026-01-01T00:00:00Z"}]));
    for (columns, header) in [
        (120, "▸ Name        Prefix              Last Used   Created        Status   ID"),
        (80, "▸ Name        Prefix              Last Used   Status   ID"),
        (66, "▸ Name        Prefix              Status   ID"),
        (60, "▸ Name        Prefix              Last Used   Status"),
    ] {
        let lines = at(&mut cli, columns, LIST);
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&lines[0]), words(header), "{columns}");
        assert_eq!(lines.len(), 3, "{columns}: {lines:?}");
    }
}

#[test]
fn a_narrow_terminal_gets_two_lines_a_token() {
    let mut cli = with_tokens(&json!([{"name": "ci-deploy", "created_at": "2026-01-01T00:00:00Z"}]));
    let prefix = cli.sandbox.tokens("my-function")[1].prefix.clone();
    let lines = at(&mut cli, 40, LIST);
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert_eq!(lines[0], "▸ Name        Status");
    assert_eq!(lines[1], "    Prefix              Last Used");
    assert_eq!(lines[4], "▸ ci-deploy   active");
    assert_eq!(lines[5], format!("    {prefix}..   never"));
}

#[test]
fn a_long_name_is_shortened_and_the_rest_is_whole() {
    let mut cli = many_kinds();
    for columns in [80, 60, 40] {
        let lines = at(&mut cli, columns, LIST);
        let line = lines.iter().find(|line| line.starts_with("▸ deploy-of")).expect("the long name");
        let name = line.trim_start_matches("▸ ").split("   ").next().expect("a name");
        let (begin, end) = name.split_once('…').unwrap_or_else(|| panic!("{columns}: {line}"));
        assert!(LONG.starts_with(begin) && LONG.ends_with(end), "{columns}: {line}");
        assert!(begin.len() >= 7 && end.len() >= 7, "{columns}: {line}");
    }
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("a terminal of macOS has all characters, whatever `LANG` says");
    }
    cli.set("LANG", "C");
    let lines = at(&mut cli, 60, LIST);
    assert!(lines.iter().all(|line| line.is_ascii()), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("> deploy-of") && line.contains("...")), "{lines:?}");
}

/// The names of runs begin alike and end in the number that tells them apart.
#[test]
fn names_that_differ_at_their_end_are_told_apart() {
    let names: Vec<Value> =
        (0..4).map(|run| json!({"name": format!("ci-2026-11-27-end-to-end-tests-of-the-portal-477{run}-1")})).collect();
    let mut cli = with_tokens(&json!(names));
    for columns in [80, 60, 40] {
        let lines = at(&mut cli, columns, LIST);
        let mut shown: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("▸ ci-")).collect();
        shown.iter_mut().for_each(|line| *line = line.split("   ").next().unwrap_or(line));
        shown.sort_unstable();
        shown.dedup();
        assert_eq!(shown.len(), 4, "{columns}: {lines:?}");
    }
}

/// Without `COLUMNS` the terminal itself says how wide it is; one that does not say cuts nothing.
#[test]
fn the_width_is_that_of_the_terminal() {
    let mut cli = many_kinds();
    cli.unset("COLUMNS");
    let session = cli.at_terminal(LIST, Streams::All, None).ended(0);
    assert!(session.screen.lines().all(|line| line.width() <= 100), "{session:?}");
    assert!(!session.screen.contains(LONG) && session.screen.contains('…'), "{session:?}");
    for nonsense in ["0", "wide", "-1"] {
        cli.set("COLUMNS", nonsense);
        let session = cli.at_terminal(LIST, Streams::All, None).ended(0);
        assert!(session.screen.lines().all(|line| line.width() <= 100), "{nonsense}: {session:?}");
    }
}

#[test]
fn in_a_pipe_nothing_is_cut_and_the_columns_stay() {
    let mut cli = many_kinds();
    cli.set("COLUMNS", "40");
    let text = cli.jelou(LIST).ended(0).stdout;
    assert!(text.contains(LONG), "{text}");
    let ids: Vec<String> = cli.sandbox.tokens("my-function").iter().map(|token| token.id.to_string()).collect();
    assert!(ids.iter().all(|id| text.contains(id.as_str())), "{text}");
    let captured = cli.at_terminal(LIST, Streams::StdoutCaptured, None).ended(0).stdout;
    assert_eq!(captured, text);
}

#[test]
fn a_column_for_the_end_of_tokens_that_have_one() {
    let words = |text: &str| text.lines().next().expect("a header").split_whitespace().collect::<Vec<_>>().join(" ");
    let never = with_tokens(&json!([{"name": "ci", "created_at": "2026-01-01T00:00:00Z"}]));
    assert_eq!(words(&never.jelou(LIST).ended(0).stdout), "▸ Name Prefix Last Used Created Status ID");
    let text = many_kinds().jelou(LIST).ended(0).stdout;
    assert_eq!(words(&text), "▸ Name Prefix Last Used Created Expires Status ID");
    assert!(text.lines().any(|line| line.contains("month") && line.contains("5/1/2096, 12:00:00 AM")), "{text}");
    assert!(text.lines().any(|line| line.contains("off") && line.matches("never").count() == 2), "{text}");
}

#[test]
fn wide_characters_count_as_two() {
    let mut cli = with(&json!([
        {"slug": "hello", "name": "你好世界你好世界你好世界你好世界你好世界你好世界"},
        {"slug": "plain", "name": "Plain"},
        {"slug": "family", "name": "👩‍👩‍👧 e\u{301}te\u{301}"},
    ]));
    for columns in [200, 100, 80, 60, 40] {
        let lines = at(&mut cli, columns, &["functions", "list"]);
        assert!(lines.iter().any(|line| line.contains("plain")), "{columns}: {lines:?}");
    }
    let lines = at(&mut cli, 200, &["functions", "list"]);
    let place = |line: &str| line.find("live").map(|at| line[..at].width());
    let places: Vec<Option<usize>> = lines[1..].iter().map(|line| place(line)).collect();
    assert!(places.iter().all(|at| at.is_some() && *at == places[0]), "{lines:?}");
}

#[test]
fn the_other_tables_fit_too() {
    let mut cli = many_kinds();
    let key = "A_KEY_THAT_IS_LONGER_THAN_A_NARROW_TERMINAL_IS_WIDE";
    cli.jelou(&["secrets", "set", "my-function", &format!("{key}=1"), "B=2"]).ended(0);
    let config = cli.folder().join("config").display().to_string();
    cli.set("JELOU_CONFIG_DIR", &config);
    for profile in ["default", "a-profile-with-quite-a-long-name-for-a-terminal"] {
        cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", profile], cli.sandbox.pat()).ended(0);
    }
    for columns in [120, 80, 59, 40] {
        for line in ["functions list", "deployments list my-function", "secrets list my-function", "auth list"] {
            let lines = at(&mut cli, columns, &line.split(' ').collect::<Vec<_>>());
            assert!(lines.len() > 1, "{columns} {line}: {lines:?}");
        }
    }
    cli.set("COLUMNS", "40");
    assert!(cli.jelou(&["secrets", "list", "my-function"]).ended(0).stdout.contains(key));
}

#[test]
fn a_limit_says_of_how_many() {
    let names: Vec<Value> = (0..5).map(|number| json!({"name": format!("pr-{number}")})).collect();
    let cli = with_tokens(&json!(names));
    let limited = [LIST, &["--limit", "3"]].concat();
    let session = cli.at_terminal(&limited, Streams::All, None).ended(0);
    assert!(session.screen.trim_end().ends_with("3 of 6 tokens"), "{session:?}");
    for (flags, said) in [
        (&["--limit", "3"][..], true),
        (&["--limit", "2", "--name", "pr-*", "--sort", "name"], true),
        (&["--limit", "6"], false),
        (&["--limit", "3", "--json"], false),
        (&["--limit", "3", "--quiet"], false),
        (&["--limit", "3", "--ndjson"], false),
        (&[], false),
    ] {
        let ran = cli.jelou(&[LIST, flags].concat()).ended(0);
        assert!(!ran.stdout.contains(" of "), "{flags:?}: {ran:?}");
        assert_eq!(ran.stderr.contains(" of "), said, "{flags:?}: {ran:?}");
    }
    let filtered = cli.jelou(&[LIST, &["--limit", "2", "--name", "pr-*"]].concat()).ended(0);
    assert!(filtered.stderr.contains("2 of 5 tokens"), "{filtered:?}");
}

#[test]
fn a_limit_of_nothing_is_refused_before_any_request() {
    let cli = Cli::new();
    for flags in [&["--limit", "0"][..], &["--limit=0", "--json"], &["--limit", "0", "--ndjson"], &["--limit", "-1"]] {
        let ran = cli.jelou(&[LIST, flags].concat()).ended(2);
        assert!(ran.stderr.contains("--limit"), "{ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn a_new_token_says_when_it_expires() {
    let cli = with_tokens(&json!([]));
    let create = ["tokens", "create", "my-function", "--name", "month", "--expires-in", "30d"];
    let session = cli.at_terminal(&create, Streams::All, None).ended(0);
    assert!(session.screen.contains("▸ Expires  in 30 days ("), "{session:?}");
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ever"]).ended(0);
    assert!(!ran.stderr.contains("Expires"), "{ran:?}");
    let sent = ["tokens", "rotate", "my-function", "month", "--to", "file:token"];
    assert!(cli.jelou(&sent).ended(0).stdout.contains("▸ Expires  in 30 days ("));
}
