//! Under a key that the user gave, another run may hold the same value: an undo names the token and
//! revokes nothing.

use std::time::Duration;

use jelou::sandbox::Fault;
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

/// Two runs at once: whatever fails in one, what the other has delivered stays accepted.
#[test]
fn two_runs_at_once_with_one_key_leave_what_one_has_delivered() {
    let cli = Cli::new();
    let create = ["tokens", "create", "my-function", "--name", "ci", "--idempotency-key", "nightly"];
    cli.sandbox.inject(Fault::delay(Duration::from_millis(200)).method("POST").always());
    let good = cli.start(&[&create[..], &["--quiet"]].concat());
    let failing = cli.start(&[&create[..], &["--to", "command:false"]].concat());
    let (good, failing) = (good.end(), failing.end());
    assert_eq!((good.ran.status, failing.ran.status), (0, 13), "{good:?} {failing:?}");
    assert_eq!(cli.token_names("my-function"), ["default", "ci"]);
    let token = good.ran.stdout;
    cli.jelou_with_stdin(&["tokens", "verify", "my-function", "--token-stdin"], &token).ended(0);
    assert!(!cli.sent(true).iter().any(|line| line.starts_with("DELETE")));
}

/// The repeat of a request that was killed asks for the end that was asked for.
#[test]
fn a_recovered_token_has_the_end_that_was_asked_for() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_before().method("POST").times(1));
    let create = ["tokens", "create", "my-function", "--name", "ci", "--expires-in", "1h", "--retries", "0"];
    cli.jelou(&create).ended(10);
    let ran = cli.jelou(&["tokens", "recover", "--json"]).ended(0).json();
    assert!(ran["data"]["expires_at"].is_string(), "{ran}");
    assert!(cli.sandbox.tokens("my-function")[1].expires_at.is_some());
}
