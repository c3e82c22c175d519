//! Lists: filtered, sorted, streamed; complete, or the command fails.

use jelou::sandbox::{Builder, Fault, Fixture};
use serde_json::{Value, json};

use crate::support::cli::Cli;

const LIST: &[&str] = &["tokens", "list", "my-function"];

/// Tokens of every status, with times long ago.
fn seeded(builder: Builder) -> Builder {
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [
        {"name": "pr-1", "created_at": "2020-01-01T00:00:00Z"},
        {"name": "pr-2", "created_at": "2021-01-01T00:00:00Z", "last_used_at": "2022-01-01T00:00:00Z"},
        {"name": "off", "created_at": "2019-01-01T00:00:00Z", "disabled": true},
        {"name": "gone", "created_at": "2018-01-01T00:00:00Z", "expires_at": "2018-02-01T00:00:00Z"},
    ]}, {"slug": "empty", "deployed": false}]});
    builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture"))
}

fn many(count: usize) -> Cli {
    let names: Vec<Value> = (0..count).map(|number| json!({"name": format!("t-{number:05}")})).collect();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": names}]}).to_string();
    Cli::with(|builder| builder.fixture(Fixture::parse(&fixture).expect("a fixture")))
}

#[test]
fn filters_and_sort_orders() {
    let cli = Cli::with(seeded);
    for (flags, names) in [
        (&["--name", "pr-*"][..], "pr-1 pr-2"),
        (&["--name", "pr-?", "--sort", "created"], "pr-1 pr-2"),
        (&["--name", "PR-*"], ""),
        (&["--status", "disabled"], "off"),
        (&["--status", "expired"], "gone"),
        (&["--status", "active", "--created-before", "2026-01-01"], "pr-1 pr-2"),
        (&["--created-before", "2020-06-01"], "pr-1 off gone"),
        (&["--created-before", "30d", "--name", "pr-*"], "pr-1 pr-2"),
        (&["--unused-for", "30d", "--name", "pr-*"], "pr-1 pr-2"),
        (&["--sort", "created", "--created-before", "2025-01-01"], "gone off pr-1 pr-2"),
        (&["--sort", "name"], "default gone off pr-1 pr-2"),
        (&["--sort", "last-used", "--name", "pr-*"], "pr-1 pr-2"),
        (&["--limit", "1", "--sort", "name"], "default"),
        (&["--name", "nobody"], ""),
    ] {
        let ran = cli.jelou(&[LIST, flags, &["--jq", "[.data[].name] | join(\" \")"]].concat()).ended(0);
        assert_eq!(ran.stdout, format!("{names}\n"), "{flags:?}");
    }
}

/// A token that was never used counts from its creation.
#[test]
fn a_new_token_is_not_unused() {
    let cli = Cli::new();
    let ran = cli.jelou(&[LIST, &["--unused-for", "1d", "--quiet"]].concat()).ended(0);
    assert_eq!(ran.stdout, "");
}

#[test]
fn an_empty_list_is_no_error() {
    let cli = Cli::with(seeded);
    assert_eq!(cli.jelou(&["tokens", "list", "empty", "--json"]).ended(0).json()["data"], json!([]));
    assert_eq!(cli.jelou(&["tokens", "list", "empty", "--quiet"]).ended(0).stdout, "");
    assert_eq!(cli.jelou(&["tokens", "list", "empty", "--ndjson"]).ended(0).stdout, "");
}

#[test]
fn ids_can_be_taken_as_they_are() {
    let cli = Cli::with(seeded);
    let ids = cli.jelou(&[LIST, &["--quiet"]].concat()).ended(0).stdout;
    let from_json = cli.jelou(&[LIST, &["--jq", ".data[].id"]].concat()).ended(0).stdout;
    assert_eq!(ids, from_json);
    assert_eq!(ids.lines().count(), 5);
    assert!(ids.lines().all(|id| id.starts_with("tok_")));
}

#[test]
fn all_pages_are_fetched() {
    let cli = many(2500);
    let document = cli.jelou(&[LIST, &["--json"]].concat()).ended(0).json();
    assert_eq!(document["data"].as_array().unwrap().len(), 2501);
    let queries: Vec<_> = cli.sandbox.requests().into_iter().filter_map(|entry| entry.query).collect();
    assert_eq!(queries.len(), 3, "{queries:?}");
    assert!(queries.iter().all(|query| query.contains("limit=1000")));
    let streamed = cli.jelou(&[LIST, &["--ndjson"]].concat()).ended(0).stdout;
    let names: Vec<String> =
        streamed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].to_string()).collect();
    assert_eq!(names.len(), 2501);
    let before = cli.sandbox.requests().len();
    let few = cli.jelou(&[LIST, &["--ndjson", "--limit", "3"]].concat()).ended(0).stdout;
    assert_eq!((few.lines().count(), cli.sandbox.requests().len() - before), (3, 1));
}

/// Half a list must never look like a list.
#[test]
fn an_incomplete_list_prints_nothing() {
    for format in [&["--json"][..], &[], &["--quiet"]] {
        let cli = many(1500);
        cli.sandbox.inject(Fault::patch(json!({"next_cursor": "nonsense"})).path("/v1/functions/*/tokens"));
        let ran = cli.jelou(&[LIST, format].concat()).ended(6);
        assert!(ran.stdout.is_empty() || ran.json()["data"] == false, "{ran:?}");
    }
}

/// The exit status says whether a stream is complete; nothing is printed after a failure.
#[test]
fn an_incomplete_ndjson_stream_fails() {
    let cli = many(1500);
    cli.sandbox.inject(Fault::patch(json!({"next_cursor": "nonsense"})).path("/v1/functions/*/tokens"));
    let ran = cli.jelou(&[LIST, &["--ndjson"]].concat());
    assert_eq!(ran.stdout.lines().count(), 1000);
    assert!(ran.stdout.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert_eq!(ran.status, 6, "{}", ran.stderr);
}
