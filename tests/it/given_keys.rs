//! Under a key that the user gave, another run may hold the same value: an undo names the token and
//! revokes nothing.

use serde_json::Value;

use crate::support::cli::Cli;

const KEY: [&str; 3] = ["--idempotency-key", "nightly", "--json"];
const BROKEN_SINK: [&str; 2] = ["--to", "command:false"];

fn id_of_default(cli: &Cli) -> String {
    cli.sandbox.tokens("my-function")[0].id.to_string()
}

#[track_caller]
fn assert_left(failure: &Value, cli: &Cli, name: &str) {
    let left = &failure["error"]["details"]["left"];
    assert_eq!(left["name"], name, "{failure}");
    let id = left["id"].as_str().unwrap();
    assert!(cli.sandbox.tokens("my-function").iter().any(|token| token.id.as_str() == id), "{id} is still there");
    assert_eq!(failure["error"]["details"]["revoked"], false);
    assert!(failure["error"]["message"].as_str().unwrap().contains(id), "the message names it: {failure}");
    let deleted = cli.sent(true).into_iter().filter(|line| line.starts_with("DELETE")).count();
    assert_eq!(deleted, 0, "nothing is revoked");
}

#[test]
fn a_created_token_that_cannot_be_delivered_is_named_and_stays() {
    let cli = Cli::new();
    let create = ["tokens", "create", "my-function", "--name", "ci"];
    let failed = cli.jelou(&[&create[..], &BROKEN_SINK, &KEY].concat()).ended(13).json();
    assert_left(&failed, &cli, "ci");
    // The key still gives it to a run whose sink works.
    let again = cli.jelou(&[&create[..], &KEY].concat()).ended(0).json();
    assert_eq!(again["data"]["id"], failed["error"]["details"]["left"]["id"]);
}

#[test]
fn a_repeat_whose_sink_fails_leaves_what_the_first_run_delivered() {
    let cli = Cli::new();
    let create = ["tokens", "create", "my-function", "--name", "ci"];
    let first = cli.jelou(&[&create[..], &KEY, &["--wait"]].concat()).ended(0).json();
    let failed = cli.jelou(&[&create[..], &BROKEN_SINK, &KEY].concat()).ended(13).json();
    assert_left(&failed, &cli, "ci");
    assert_eq!(failed["error"]["details"]["left"]["id"], first["data"]["id"]);
    let value = first["data"]["token"].as_str().unwrap();
    cli.jelou_with_stdin(&["tokens", "verify", "my-function", "--token-stdin"], value).ended(0);
}

#[test]
fn a_rotation_that_cannot_be_delivered_keeps_both() {
    let cli = Cli::new();
    let old = id_of_default(&cli);
    let failed = cli.jelou(&[&["tokens", "rotate", "my-function", &old][..], &BROKEN_SINK, &KEY].concat()).ended(13);
    assert_left(&failed.json(), &cli, "default");
    assert!(cli.sandbox.tokens("my-function").iter().any(|token| token.id.as_str() == old));
}

#[test]
fn a_regeneration_that_cannot_be_delivered_gives_the_old_token_its_end_back() {
    let cli = Cli::new();
    let old = id_of_default(&cli);
    let regenerate = ["tokens", "regenerate", "my-function", &old, "-y"];
    let failed = cli.jelou(&[&regenerate[..], &BROKEN_SINK, &KEY].concat()).ended(13).json();
    assert_left(&failed, &cli, "default");
    let tokens = cli.sandbox.tokens("my-function");
    let kept = tokens.iter().find(|token| token.id.as_str() == old).unwrap();
    assert_eq!((kept.status.as_str(), kept.expires_at), ("active", None));
}
