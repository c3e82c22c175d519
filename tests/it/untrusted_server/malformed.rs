//! Answers that are not what the contract says: the wrong type, a broken id, a missing field.

use jelou::sandbox::Fault;
use serde_json::json;

use super::against;
use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

#[test]
fn a_web_page_does_not_prove_that_a_function_is_deleted() {
    for body in ["<html></html>", "{}", "null", ""] {
        let server = RawServer::always(raw_server::json(200, body));
        let ran = against(&server).jelou(&["functions", "delete", "my-function", "-y", "--json"]).ended(9);
        assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{body}");
    }
}

/// The value cannot be read, but the id can.
#[test]
fn a_token_whose_value_is_malformed_is_revoked() {
    for value in [
        json!(5),
        json!(null),
        json!("short"),
        json!("two words here"),
        json!("x".repeat(4097)),
        json!("a\u{1b}bcdefghi"),
    ] {
        let cli = Cli::new();
        let id = cli.sandbox.tokens("my-function")[0].id.to_string();
        for verb in [&["create", "my-function", "--name", "ci"][..], &["rotate", "my-function", id.as_str()]] {
            cli.sandbox.inject(Fault::patch(json!({"token": value})).method("POST").always());
            let ran = cli.jelou(&[&["tokens"], verb, &["--json"]].concat()).ended(9);
            assert_eq!(ran.json()["error"]["code"], "API_ERROR");
            assert_eq!(ran.json()["error"]["details"]["revoked"], true, "{value} {ran:?}");
            assert_eq!(cli.sandbox.tokens("my-function").len(), 1, "{value}");
            cli.sandbox.clear_faults();
        }
    }
}

#[test]
fn a_malformed_id_is_refused_and_never_sent() {
    for id in [
        json!("../../me"),
        json!("a b"),
        json!(""),
        json!("x".repeat(129)),
        json!("tok_\n1"),
        json!("tok_é"),
        json!(5),
        json!(null),
    ] {
        let cli = Cli::new();
        for (fault, arguments) in [
            (Fault::patch(json!({"id": id})).method("POST"), &["tokens", "create", "my-function", "--name", "ci"][..]),
            (
                Fault::patch(json!({"deployment": {"id": id}})).method("POST"),
                &["tokens", "create", "my-function", "--name", "cj"],
            ),
            (
                Fault::patch(json!({"items": [{"id": id}]})).method("GET"),
                &["tokens", "revoke", "my-function", "default", "-y"],
            ),
            (Fault::patch(json!({"id": id})).path("/v1/me"), &["whoami"]),
        ] {
            cli.sandbox.clear_faults();
            cli.sandbox.inject(fault.always());
            let ran = cli.jelou(&[arguments, &["--json"]].concat()).ended(9);
            assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{id} {arguments:?}");
        }
        assert!(
            cli.sent(true).iter().all(|line| !line.starts_with("DELETE") || line.contains("/tok_")),
            "{:?}",
            cli.sent(true)
        );
    }
}

/// Unknown statuses are passed on and unknown fields left out.
#[test]
fn unknown_statuses_and_fields_are_accepted_and_missing_fields_are_not() {
    for (patch, status) in [
        (json!({"status": "frozen"}), 0),
        (json!({"deployment": {"status": "paused"}}), 0),
        (json!({"brand_new": {"deep": [1]}}), 0),
        (json!({"last_used_at": null, "expires_at": null}), 0),
        (json!({"prefix": null}), 9),
        (json!({"deployment": null}), 9),
        (json!({"created_at": "yesterday"}), 9),
    ] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::patch(patch.clone()).method("POST").always());
        let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(status);
        if let Some(text) = patch["status"].as_str() {
            assert_eq!(ran.json()["data"]["status"], text);
        }
        assert_eq!(cli.sandbox.tokens("my-function").len(), if status == 0 { 2 } else { 1 }, "{patch}");
    }
}
