//! Revoking many tokens: all are tried, each is reported in input order, and 429 sets the pace.

use std::collections::BTreeSet;

use jelou::sandbox::{Fault, Fixture};
use serde_json::{Value, json};

use crate::support::cli::Cli;

const REVOKE: &[&str] = &["tokens", "revoke", "my-function"];

/// Creates tokens of these names beside `default`; their ids.
fn with_tokens(cli: &Cli, names: &[&str]) -> Vec<String> {
    let id = |name: &&str| {
        let ran = cli.jelou(&["tokens", "create", "my-function", "--name", name, "--json"]).ended(0);
        ran.json()["data"]["id"].as_str().expect("an id").to_owned()
    };
    names.iter().map(id).collect()
}

fn statuses(document: &Value) -> Vec<&str> {
    document["data"].as_array().expect("an array").iter().map(|item| item["status"].as_str().unwrap()).collect()
}

fn deletes(cli: &Cli) -> Vec<String> {
    cli.sent(true).into_iter().filter(|line| line.starts_with("DELETE")).collect()
}

#[test]
fn five_hundred_are_revoked_at_the_pace_of_the_server() {
    let names: Vec<Value> = (0..500).map(|number| json!({"name": format!("pr-{number}")})).collect();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": names}]}).to_string();
    let cli = Cli::with(|builder| builder.fixture(Fixture::parse(&fixture).expect("a fixture")).rate_limit(50));
    let ids: Vec<String> = cli
        .sandbox
        .tokens("my-function")
        .iter()
        .filter(|it| it.name != "default")
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(ids.len(), 500);
    let ran = cli.jelou_with_stdin(&[REVOKE, &["--stdin", "-y", "--json"]].concat(), &ids.join("\n")).ended(0);
    let document = ran.json();
    let references: Vec<&str> =
        document["data"].as_array().unwrap().iter().map(|item| item["ref"].as_str().unwrap()).collect();
    assert_eq!(references, ids);
    assert!(statuses(&document).iter().all(|status| *status == "revoked"));
    assert!(cli.sandbox.tokens("my-function").iter().all(|token| token.name == "default"));
    assert_eq!(deletes(&cli).into_iter().collect::<BTreeSet<_>>().len(), 500);
}

#[test]
fn each_item_is_reported_in_input_order() {
    let cli = Cli::new();
    let ids = with_tokens(&cli, &["a", "b", "c"]);
    let arguments = [REVOKE, &["c", "tok_nobody", &ids[0], "nobody", "-y", "--json"]].concat();
    let ran = cli.jelou(&arguments).ended(12);
    let document = ran.json();
    assert_eq!(statuses(&document), ["revoked", "failed", "revoked", "failed"]);
    let items = &document["data"];
    assert_eq!((&items[0]["ref"], &items[0]["id"], &items[0]["name"]), (&json!("c"), &json!(ids[2]), &json!("c")));
    assert_eq!(items[1]["error"]["code"], "NOT_FOUND");
    assert_eq!(items[0]["error"], Value::Null);
    assert_eq!(document["error"]["code"], "PARTIAL_FAILURE");
    assert_eq!(cli.sandbox.tokens("my-function").len(), 2);
    let ran = cli.jelou(&[REVOKE, &["b", "tok_nobody", "-y", "--quiet"]].concat()).ended(12);
    assert_eq!(ran.stdout, format!("{}\n", ids[1]));
}

#[test]
fn the_result_for_one_token_is_an_array() {
    let cli = Cli::new();
    let ids = with_tokens(&cli, &["a"]);
    let ran = cli.jelou(&[REVOKE, &["a", "-y"]].concat()).ended(0);
    assert_eq!(ran.stdout, format!("✓ Token revoked: \"a\" ({})\n", ids[0]));
    with_tokens(&cli, &["b"]);
    assert_eq!(statuses(&cli.jelou(&[REVOKE, &["b", "-y", "--json"]].concat()).ended(0).json()), ["revoked"]);
}

#[test]
fn if_all_items_fail_alike_their_code_is_the_exit_code() {
    let cli = Cli::new();
    let ran = cli.jelou(&[REVOKE, &["tok_a", "tok_b", "-y", "--json"]].concat()).ended(5);
    assert_eq!((ran.json()["data"].clone(), ran.json()["error"]["code"].clone()), (json!(false), json!("NOT_FOUND")));
    let ran = cli.jelou(&[REVOKE, &["default", "tok_b", "-y", "--json"]].concat()).ended(12);
    assert_eq!(statuses(&ran.json()), ["failed", "failed"]);
    let ran = cli.jelou(&[REVOKE, &["default", "-y", "--json"]].concat()).ended(7);
    assert_eq!(ran.json()["error"]["code"], "CONFLICT", "a function keeps one active token");
}

#[test]
fn a_duplicate_counts_once_however_it_is_named() {
    let cli = Cli::new();
    let ids = with_tokens(&cli, &["a", "b"]);
    let prefix = cli.sandbox.tokens("my-function").into_iter().find(|it| it.name == "a").unwrap().prefix;
    let ran =
        cli.jelou(&[REVOKE, &["a", &ids[0], &prefix, "a", &format!("{prefix}..."), "-y", "--json"]].concat()).ended(0);
    assert_eq!(statuses(&ran.json()), ["revoked"]);
    assert_eq!(deletes(&cli).len(), 1);
}

#[test]
fn an_id_is_sent_without_a_look_up() {
    let cli = Cli::new();
    let ids = with_tokens(&cli, &["a"]);
    let before = cli.sandbox.requests().len();
    cli.jelou(&[REVOKE, &[&ids[0], "-y"]].concat()).ended(0);
    let path = format!("DELETE /v1/functions/my-function/tokens/{}", ids[0]);
    assert_eq!(&cli.sent(false)[before..], [path]);
}

#[test]
fn missing_tokens_can_be_ignored() {
    let cli = Cli::new();
    with_tokens(&cli, &["a"]);
    let ran =
        cli.jelou(&[REVOKE, &["tok_nobody", "a", "nobody", "-y", "--ignore-missing", "--json"]].concat()).ended(0);
    assert_eq!(statuses(&ran.json()), ["missing", "revoked", "missing"]);
}

#[test]
fn an_empty_stdin_is_a_success_with_a_warning() {
    for stdin in ["", "\n\n  \n"] {
        let cli = Cli::new();
        let ran = cli.jelou_with_stdin(&[REVOKE, &["--stdin", "-y", "--json"]].concat(), stdin).ended(0);
        let document = ran.json();
        assert_eq!((&document["data"], &document["warnings"][0]["code"]), (&json!([]), &json!("NOTHING_TO_DO")));
        assert!(cli.sandbox.requests().is_empty());
    }
    let cli = Cli::new();
    cli.jelou(&["tokens", "revoke", "my-function", "-y"]).ended(2);
    cli.jelou(&[REVOKE, &["a", "--stdin", "-y"]].concat()).ended(2);
}

#[test]
fn a_list_is_revoked_through_a_pipe() {
    let cli = Cli::new();
    with_tokens(&cli, &["pr-1", "pr-2", "keep"]);
    let script = "set -o pipefail; jelou tokens list my-function --name 'pr-*' --json | jq -r '.data[].id' | jelou tokens revoke my-function --stdin -y";
    cli.bash(script).ended(0);
    let left: Vec<String> = cli.sandbox.tokens("my-function").into_iter().map(|token| token.name).collect();
    assert_eq!(left, ["default", "keep"]);
    cli.bash(
        "jelou tokens list my-function --name keep -q | tr '\\n' '\\r\\n' | jelou tokens revoke my-function --stdin -y",
    )
    .ended(0);
}

/// The references are resolved before anything is revoked.
#[test]
fn a_malformed_reference_stops_the_command_before_any_deletion() {
    let cli = Cli::new();
    with_tokens(&cli, &["a"]);
    for bad in ["", "a b", "../x", "tok_/..", "jfn_rt_sbx_aaaaaaaaaaaaaaaa", "é"] {
        cli.jelou(&[REVOKE, &["a", bad, "-y"]].concat()).ended(2);
    }
    assert_eq!(deletes(&cli), Vec::<String>::new());
}

#[test]
fn a_dry_run_changes_nothing_and_checks_what_the_real_run_would() {
    let cli = Cli::new();
    let ids = with_tokens(&cli, &["a"]);
    let ran = cli.jelou(&[REVOKE, &["a", "--dry-run", "--json"]].concat()).ended(0);
    assert_eq!((statuses(&ran.json()), &ran.json()["data"][0]["id"]), (vec!["would_revoke"], &json!(ids[0])));
    cli.jelou(&[REVOKE, &["a", "tok_nobody", "--dry-run"]].concat()).ended(12);
    cli.jelou(&[REVOKE, &["tok_nobody", "--dry-run"]].concat()).ended(5);
    assert_eq!(deletes(&cli), Vec::<String>::new());
}

#[test]
fn temporary_failures_are_retried() {
    let cli = Cli::new();
    let ids = with_tokens(&cli, &["a", "b", "c", "d"]);
    for fault in [Fault::status(429), Fault::reset_after(), Fault::status(500), Fault::truncated()] {
        cli.sandbox.inject(fault.method("DELETE"));
    }
    let references: Vec<&str> = ids.iter().map(String::as_str).collect();
    let ran = cli.jelou(&[REVOKE, &references, &["-y", "--json", "--wait"]].concat()).ended(0);
    assert_eq!(statuses(&ran.json()), ["revoked"; 4]);
}

#[test]
fn several_tokens_are_disabled_and_enabled() {
    let cli = Cli::new();
    with_tokens(&cli, &["a", "b"]);
    let ran = cli.jelou(&["tokens", "disable", "my-function", "a", "b", "a", "-y", "--json"]).ended(0);
    assert_eq!(statuses(&ran.json()), ["disabled", "disabled"]);
    let shown =
        cli.jelou(&["tokens", "list", "my-function", "--status", "disabled", "--jq", ".data[].name"]).ended(0).stdout;
    assert_eq!(shown, "a\nb\n");
    let ran = cli.jelou(&["tokens", "enable", "my-function", "b", "nobody", "--json"]).ended(12);
    assert_eq!(statuses(&ran.json()), ["enabled", "failed"]);
}

/// In the log of a job this is all that says which token is left.
#[test]
fn the_only_token_that_is_not_revoked_is_named() {
    for (fault, says) in [
        (Fault::status(503).method("DELETE"), "is not known"),
        (Fault::status(403).method("DELETE"), "was not revoked"),
        (Fault::reset_after().method("DELETE"), "is not known"),
    ] {
        let cli = Cli::new();
        let id = &with_tokens(&cli, &["ci-1"])[0];
        cli.sandbox.inject(fault.clone().times(100));
        let ran = cli.jelou(&["tokens", "revoke", "my-function", "ci-1", "-y", "--retries", "0"]);
        assert_ne!(ran.status, 0, "{ran:?}");
        let label = format!("the token \"ci-1\" ({id})");
        let hint = ran.stderr.lines().find(|line| line.starts_with("hint: ") && line.contains(&label));
        assert!(hint.is_some_and(|hint| hint.contains(says)), "{fault:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
    }
}
