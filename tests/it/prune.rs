//! Pruning: the tokens that the filters of `list` select are revoked, except the last active one.

use jelou::sandbox::{Builder, Fixture};
use serde_json::json;

use crate::support::cli::Cli;

const PRUNE: &[&str] = &["tokens", "prune", "my-function"];

fn seeded(builder: Builder) -> Builder {
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [
        {"name": "pr-1", "created_at": "2020-01-01T00:00:00Z"},
        {"name": "pr-2", "created_at": "2021-01-01T00:00:00Z"},
        {"name": "off", "created_at": "2019-01-01T00:00:00Z", "disabled": true},
        {"name": "other", "created_at": "2021-01-01T00:00:00Z"},
    ]}]});
    builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture"))
}

fn left(cli: &Cli) -> String {
    let mut names: Vec<String> = cli.sandbox.tokens("my-function").into_iter().map(|token| token.name).collect();
    names.sort();
    names.join(" ")
}

#[test]
fn what_the_filters_select_is_revoked() {
    for (flags, names) in [
        (&["--name", "pr-*"][..], "default off other"),
        (&["--name", "pr-*", "--keep", "pr-2"], "default off other pr-2"),
        (&["--unused-for", "30d"], "default"),
        (&["--status", "disabled"], "default other pr-1 pr-2"),
        (&["--created-before", "2020-06-01"], "default other pr-2"),
        (&["--all", "--keep", "other", "--keep", "pr-1"], "other pr-1"),
        (&["--name", "nobody"], "default off other pr-1 pr-2"),
    ] {
        let cli = Cli::with(seeded);
        cli.jelou(&[PRUNE, flags, &["-y"]].concat()).ended(0);
        assert_eq!(left(&cli), names, "{flags:?}");
    }
}

#[test]
fn filters_that_select_nothing_send_nothing() {
    let cli = Cli::with(seeded);
    let document = cli.jelou(&[PRUNE, &["--name", "nobody", "-y", "--json"]].concat()).ended(0).json();
    assert_eq!((&document["data"], &document["warnings"][0]["code"]), (&json!([]), &json!("NOTHING_TO_DO")));
    assert_eq!(cli.sent(true), Vec::<String>::new());
}

#[test]
fn without_a_filter_nothing_is_sent() {
    let cli = Cli::with(seeded);
    cli.jelou(&[PRUNE, &["-y"]].concat()).ended(2);
    cli.jelou(&[PRUNE, &["--keep", "default", "-y"]].concat()).ended(2);
    cli.jelou(&[PRUNE, &["--all"]].concat()).ended(2);
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn the_last_active_token_stays() {
    let cli = Cli::with(seeded);
    let dry = cli.jelou(&[PRUNE, &["--all", "--dry-run", "--json"]].concat()).ended(0).json();
    assert_eq!(dry["data"].as_array().unwrap().len(), 4);
    let document = cli.jelou(&[PRUNE, &["--all", "-y", "--json"]].concat()).ended(0).json();
    assert_eq!(document["warnings"][0]["code"], "LAST_ACTIVE_STAYS", "{document}");
    assert_eq!(left(&cli), "default", "the newest one stays");
    let again = cli.jelou(&[PRUNE, &["--all", "-y", "--json"]].concat()).ended(0).json();
    assert_eq!(again["data"], json!([]));
}

#[test]
fn a_dry_run_names_what_the_real_run_revokes() {
    let cli = Cli::with(seeded);
    let dry = cli.jelou(&[PRUNE, &["--name", "pr-*", "--dry-run", "--json"]].concat()).ended(0).json();
    assert_eq!(cli.sent(true), Vec::<String>::new());
    let real = cli.jelou(&[PRUNE, &["--name", "pr-*", "-y", "--json"]].concat()).ended(0).json();
    let ids = |document: &serde_json::Value| -> Vec<serde_json::Value> {
        document["data"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    };
    assert_eq!(ids(&dry), ids(&real));
    assert!(dry["data"].as_array().unwrap().iter().all(|item| item["status"] == "would_revoke"));
}
