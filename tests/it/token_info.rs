//! `tokens info`: one token, how it is named, and what is asked for.

use jelou::sandbox::{Fault, Fixture};
use serde_json::json;

use crate::support::cli::Cli;

/// `my-function` with a token of each kind of field.
fn cli() -> Cli {
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [
        {"name": "ci", "created_at": "2020-01-01T00:00:00Z", "last_used_at": "2022-01-01T00:00:00Z"},
        {"name": "off", "created_at": "2019-01-01T00:00:00Z", "disabled": true},
        {"name": "gone", "created_at": "2018-01-01T00:00:00Z", "expires_at": "2018-02-01T00:00:00Z"},
    ]}]});
    Cli::with(|builder| builder.fixture(Fixture::parse(&fixture.to_string()).expect("a fixture")))
}

fn id_of(cli: &Cli, name: &str) -> String {
    cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == name).expect("the token").id.to_string()
}

#[test]
fn an_id_is_asked_for_alone_and_another_reference_is_looked_up() {
    let cli = cli();
    let id = id_of(&cli, "ci");
    let prefix = cli.jelou(&["tokens", "info", "my-function", "ci", "--jq", ".data.prefix"]).ended(0).stdout;
    let prefix = prefix.trim_end();
    let one = format!("GET /v1/functions/my-function/tokens/{id}");
    let list = "GET /v1/functions/my-function/tokens".to_owned();
    let mut documents = Vec::new();
    for (verb, reference, request) in [
        ("info", id.as_str(), &one),
        ("show", "ci", &list),
        ("get", prefix, &list),
        ("info", &format!("{prefix}.."), &list),
    ] {
        let before = cli.sent(false).len();
        let ran = cli.jelou(&["tokens", verb, "my-function", reference, "--jq", ".command, .data"]).ended(0);
        assert_eq!(cli.sent(false)[before..], [request.as_str()], "{reference}");
        documents.push(ran.stdout);
    }
    documents.dedup();
    let [document] = documents.as_slice() else { panic!("one token, one answer: {documents:?}") };
    assert!(document.starts_with("tokens info\n"), "{document}");
    let quiet = cli.jelou(&["tokens", "info", "my-function", "ci", "-q"]).ended(0).stdout;
    assert_eq!(quiet, format!("{id}\n"));
}

#[test]
fn every_field_is_shown_and_no_value() {
    let cli = cli();
    let token = |name: &str| cli.jelou(&["tokens", "info", "my-function", name]).ended(0).stdout;
    let ci = token("ci");
    for shown in ["Name        ci\n", "Status      active\n", "Last used   1/1/2022", "Expires     never\n"] {
        assert!(ci.contains(shown), "{shown:?}: {ci}");
    }
    assert!(ci.contains(&id_of(&cli, "ci")) && !ci.contains("Replaced by"), "{ci}");
    assert!(token("off").contains("Status      disabled\n"));
    assert!(token("gone").contains("Expires     2/1/2018"));
    cli.jelou(&["tokens", "rotate", "my-function", "ci", "--grace", "1h", "-q"]).ended(0);
    let both = cli.jelou(&["tokens", "info", "my-function", "ci"]).ended(2);
    let old = id_of(&cli, "ci");
    assert!(both.stderr.contains("fits 2 tokens") && both.stderr.contains(&old), "{both:?}");
    let replaced = token(&old);
    let successor = cli.sandbox.tokens("my-function").into_iter().find_map(|token| token.replaced_by);
    assert!(replaced.contains(&format!("Replaced by {}\n", successor.expect("a successor"))), "{replaced}");
}

#[test]
fn what_is_not_there_or_another_token_is_no_success() {
    let cli = cli();
    for reference in ["nobody", "tok_nobody", "jfn_rt_none"] {
        let ran = cli.jelou(&["tokens", "info", "my-function", reference, "--json"]).ended(5);
        assert_eq!(ran.json()["error"]["code"], "NOT_FOUND", "{reference}");
    }
    let other = json!({"id": "tok_other", "name": "ci", "prefix": "jfn_rt_abcd", "function": "my-function",
        "status": "active", "created_at": "2026-04-05T09:00:00Z"});
    cli.sandbox.inject(Fault::answer(200, other.to_string()).always());
    let ran = cli.jelou(&["tokens", "info", "my-function", "tok_1", "--json"]).ended(9);
    assert_eq!(ran.json()["data"], false);
}
