//! Responses whose status or form decides what is known: applied, not applied, or unknown.

use std::time::Duration;

use jelou::sandbox::Fault;
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

const TOKENS: &str = "/v1/functions/*/tokens";

/// 304, 408 and 499 to a POST say nothing of what happened.
#[test]
fn a_create_answered_with_an_unclear_status_has_an_unknown_outcome() {
    for status in [304, 408, 499] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::status(status).method("POST").path(TOKENS));
        let create = ["tokens", "create", "my-function", "--name", "ci", "--idempotency-key", "k1", "--json"];
        let document = cli.jelou(&create).ended(9).json();
        assert_eq!(document["error"]["details"]["outcome"], "unknown", "{status}: {document}");
        assert_eq!(cli.jelou(&create).ended(0).json()["data"]["name"], "ci", "{status}");
    }
}

/// The undo asks again, and a 409 tells the state: the token of that name is somebody else's.
#[test]
fn a_name_that_is_taken_is_no_token_of_a_request_with_an_unclear_answer() {
    for status in [304, 408, 499] {
        let cli = Cli::new();
        cli.sandbox.clock().advance(Duration::from_secs(3600));
        cli.sandbox.inject(Fault::status(status).method("POST").path(TOKENS));
        let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "default", "--json"]).ended(9);
        assert!(!ran.stdout.contains("tok_") && !ran.stdout.contains("revoke"), "{status}: {ran:?}");
        assert_eq!(ran.json()["error"]["details"].get("left"), None, "{status}: {ran:?}");
        cli.jelou(&["tokens", "recover"]).ended(5);
        assert_eq!(cli.token_names("my-function"), ["default"]);
    }
}

/// On a platform that ignores keys the same 409 may be about the token that this run made: it is
/// named, and a person decides.
#[test]
fn a_token_created_since_the_command_began_is_named_and_not_revoked() {
    let cli = Cli::new();
    cli.sandbox.clock().advance(Duration::from_secs(3600));
    cli.sandbox.inject(Fault::key_ignored().method("POST").always());
    cli.sandbox.inject(Fault::patch(json!({ "name": "another" })).method("POST").times(1));
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(9);
    let id = cli.sandbox.tokens("my-function")[1].id.to_string();
    let error = &ran.json()["error"];
    assert_eq!((&error["details"]["left"]["id"], &error["details"]["revoked"]), (&json!(id), &json!(false)), "{error}");
    assert!(error["hint"].as_str().unwrap().contains(&id), "{error}");
    assert_eq!(cli.token_names("my-function"), ["default", "ci"]);
}

/// Neither the answer nor its repeat is about the token that was asked for.
#[test]
fn a_rotation_of_another_token_is_neither_delivered_nor_revoked() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::patch(json!({ "replaces": { "id": "tok_other" } })).method("POST").always());
    let ran = cli.jelou(&["tokens", "rotate", "my-function", "default", "--json"]).ended(9);
    assert_eq!(ran.json()["error"]["details"]["revoked"], false, "{ran:?}");
    assert!(!cli.sent(true).iter().any(|line| line.starts_with("DELETE")), "nothing is revoked");
}

/// The token would be of use to nobody: the undo asks which it was, and revokes it.
#[test]
fn exec_revokes_the_token_whose_answer_was_lost() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("POST").times(1));
    let ran = cli.jelou(&["tokens", "exec", "my-function", "--retries", "0", "--json", "--", "true"]).ended(10);
    assert_eq!(ran.json()["error"]["retryable"], false, "{ran:?}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

#[test]
fn a_delete_answered_with_204_is_done() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(204).method("DELETE").always());
    for arguments in [
        &["tokens", "revoke", "my-function", "tok_1", "-y"][..],
        &["secrets", "delete", "my-function", "A", "-y"],
        &["functions", "delete", "my-function", "-y"],
    ] {
        let ran = cli.jelou(&[arguments, &["--json"]].concat()).ended(0);
        let warnings = ran.json()["warnings"].to_string();
        assert_eq!(warnings.contains("lost or had no body"), arguments[0] == "tokens", "{warnings}");
    }
}

#[test]
fn an_empty_cursor_ends_a_list() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::patch(json!({ "next_cursor": "" })).path(TOKENS).always());
    for format in ["--json", "--ndjson"] {
        cli.jelou(&["tokens", "list", "my-function", format]).ended(0);
    }
    assert_eq!(cli.sandbox.requests().len(), 2);
}

/// Everything that a token has, in its order: only the form is wrong.
#[test]
fn an_array_is_never_taken_for_an_object() {
    let token =
        json!(["tok_1", "ci", "jfn_rt_abc1", "my-function", "active", "2026-04-05T09:00:00Z", null, null, null]);
    for (body, arguments) in [
        (json!({ "items": [token], "next_cursor": null }), &["tokens", "list", "my-function"][..]),
        (json!([[], null]), &["tokens", "list", "my-function"]),
        (json!(["usr_1", "me", "pat", []]), &["whoami"]),
    ] {
        let server = RawServer::always(raw_server::json(200, &body.to_string()));
        let mut cli = Cli::new();
        cli.set("JELOU_API_URL", &server.url());
        let ran = cli.jelou(arguments).ended(9);
        assert!(ran.stderr.contains("API_ERROR"), "{body}: {ran:?}");
    }
}
