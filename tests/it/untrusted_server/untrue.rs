//! Answers that are well formed and untrue: none is believed, and a token that may still exist is
//! named.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};

const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];

#[must_use]
fn create_with_key(cli: &Cli, more: &[&str]) -> Ran {
    cli.jelou(&[&CREATE[..], &["--idempotency-key", "k1"], more].concat())
}

/// 200 and `revoked: false`, or another id: the token may be alive.
#[test]
fn a_deletion_that_is_not_confirmed_fails() {
    for patch in [json!({"revoked": false}), json!({"id": "tok_somebodyelse"})] {
        let cli = Cli::new();
        cli.jelou(&CREATE).ended(0);
        let id = cli.sandbox.tokens("my-function")[1].id.to_string();
        cli.sandbox.inject(Fault::patch(patch.clone()).method("DELETE").always());
        let ran = cli.jelou(&["tokens", "revoke", "my-function", &id, "-y", "--json"]).ended(9).json();
        assert_eq!(ran["error"]["code"], "API_ERROR", "{patch}");
    }
    let cli = Cli::new();
    cli.jelou(&["secrets", "set", "my-function", "A=b"]).ended(0);
    cli.sandbox.inject(Fault::patch(json!({"deleted": false})).method("DELETE"));
    cli.jelou(&["secrets", "delete", "my-function", "A", "-y"]).ended(9);
}

/// 404 to the first DELETE of a token that this run has just created does not prove that the token
/// is gone.
#[test]
fn an_undo_answered_by_404_names_the_token() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(404).method("DELETE").always());
    let ran = cli.jelou(&[&CREATE[..], &["--to", "command:false", "--json"]].concat()).ended(13);
    let id = cli.sandbox.tokens("my-function")[1].id.to_string();
    let document = ran.json();
    assert_eq!(
        (&document["error"]["details"]["revoked"], &document["error"]["details"]["token_id"]),
        (&json!(false), &json!(id))
    );
    assert!(ran.stderr.contains(&format!("jelou tokens revoke my-function {id} -y")), "{ran:?}");
    let ran = cli.jelou(&["tokens", "exec", "my-function", "--", "true"]).ended(12);
    let id = cli.sandbox.tokens("my-function")[2].id.to_string();
    assert!(ran.stderr.contains(&id), "{ran:?}");
}

/// The caller's own management token, given out as a new runtime token, reaches neither stdout nor
/// the gateway.
#[test]
fn a_management_token_is_not_taken_for_a_runtime_token() {
    let cli = Cli::new();
    let pat = cli.sandbox.pat().to_owned();
    for arguments in [&CREATE[..], &["tokens", "exec", "my-function", "--", "true"]] {
        cli.sandbox.inject(Fault::patch(json!({"token": pat})).method("POST"));
        let ran = cli.jelou(arguments).ended(9);
        assert!(!ran.stdout.contains(&pat) && !ran.stderr.contains(&pat), "{ran:?}");
        assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "revoked again");
    }
    assert!(cli.sent(false).iter().all(|line| !line.contains("/mcp")));
}

/// The same key after the token was revoked: also when the answer has to be asked for twice.
#[test]
fn the_replayed_value_of_a_revoked_token_is_not_printed() {
    let cli = Cli::new();
    create_with_key(&cli, &["--quiet"]).ended(0);
    cli.jelou(&["tokens", "revoke", "my-function", "ci", "-y"]).ended(0);
    cli.sandbox.inject(Fault::reset_before().method("POST"));
    let ran = create_with_key(&cli, &["--quiet"]).ended(7);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("has been revoked"), "{ran:?}");
    // It is no conflict of names, so nothing is rotated.
    let ran = create_with_key(&cli, &["--if-exists", "rotate"]).ended(7);
    assert!(ran.stderr.contains("has been revoked"), "{ran:?}");
}

/// A run that lost the answer leaves an entry in the recovery log. The run that gets the token with
/// the same key removes the entry, so that `recover` does not revoke a token in use.
#[test]
fn a_token_delivered_by_a_second_run_has_no_recovery_entry() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("POST"));
    create_with_key(&cli, &["--retries", "0"]).ended(10);
    let value = create_with_key(&cli, &["--quiet"]).ended(0).stdout;
    assert!(value.starts_with("jfn_rt_sbx_"), "{value}");
    let recovered = cli.jelou(&["tokens", "recover", "--revoke", "-y", "--json"]).ended(0).json();
    assert_eq!(recovered["data"], Value::Array(Vec::new()));
    assert_eq!(cli.sandbox.tokens("my-function").len(), 2);
}
