//! Answers that are well formed and untrue: none is believed, and what is left behind is named.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];

fn with_key(cli: &Cli, more: &[&str]) -> crate::support::cli::Ran {
    cli.jelou(&[&CREATE[..], &["--idempotency-key", "k1"], more].concat())
}

/// 200 and `revoked: false`, or another id: the token may be alive.
#[test]
fn what_is_not_said_to_be_gone_is_not_gone() {
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

/// 404 to the first DELETE of a token that this run has just created: it is not found, which is not gone.
#[test]
fn an_undo_that_finds_no_token_names_it() {
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

/// The caller's own management token, given out as a new runtime token, reaches neither stdout nor the gateway.
#[test]
fn a_management_token_is_no_runtime_token() {
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

/// Every page is empty and names another one.
#[test]
fn a_list_that_never_ends_is_left() {
    let server = RawServer::answering(|number, _| {
        raw_server::json(200, &json!({"items": [], "next_cursor": format!("c{number}")}).to_string())
    });
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url());
    let ran = cli.jelou(&["tokens", "list", "my-function"]).ended(9);
    assert!(ran.stderr.contains("API_ERROR"), "{ran:?}");
    assert_eq!(server.requests().len(), 10_000);
}

/// The same key after the token was revoked: also when the answer has to be asked for twice.
#[test]
fn a_key_never_brings_back_a_token_that_was_revoked() {
    let cli = Cli::new();
    with_key(&cli, &["--quiet"]).ended(0);
    cli.jelou(&["tokens", "revoke", "my-function", "ci", "-y"]).ended(0);
    cli.sandbox.inject(Fault::reset_before().method("POST"));
    let ran = with_key(&cli, &["--quiet"]).ended(7);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("has been revoked"), "{ran:?}");
}

/// A run that lost the answer leaves an entry in the journal; the run that gets it with the same key takes it along, so
/// that `recover` does not revoke what was handed over.
#[test]
fn what_was_handed_over_in_the_end_is_not_left_behind() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("POST"));
    with_key(&cli, &["--retries", "0"]).ended(10);
    let value = with_key(&cli, &["--quiet"]).ended(0).stdout;
    assert!(value.starts_with("jfn_rt_sbx_"), "{value}");
    let recovered = cli.jelou(&["tokens", "recover", "--revoke", "-y", "--json"]).ended(0).json();
    assert_eq!(recovered["data"], Value::Array(Vec::new()));
    assert_eq!(cli.sandbox.tokens("my-function").len(), 2);
}
