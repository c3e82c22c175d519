//! Answers about something else than was asked for, and changes that the answer does not confirm:
//! none of them is reported as done.

use jelou::sandbox::{Fault, Fixture};
use serde_json::{Value, json};

use crate::support::cli::Cli;

/// `my-function` with the tokens `ci` and `old`, which has expired, and the secret `A`.
fn cli() -> Cli {
    let tokens = json!([{"name": "ci"}, {"name": "old", "expires_at": "2026-01-01T00:00:00Z"}]);
    let fixture = json!({"functions": [
        {"slug": "my-function", "tokens": tokens, "secrets": {"A": "1"}},
        {"slug": "other-function"},
    ]});
    let fixture = Fixture::parse(&fixture.to_string()).expect("a fixture");
    let cli = Cli::with(|builder| builder.fixture(fixture));
    cli.write("jelou.json", r#"{"slug":"my-function"}"#);
    cli.write("index.ts", "export default 1;");
    cli
}

fn id_of(cli: &Cli, name: &str) -> String {
    cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == name).expect("the token").id.to_string()
}

#[test]
fn an_answer_about_something_else_is_no_success() {
    let other_function = json!({"function": "other-function"});
    let other_redeploy = json!({"deployment": {"function": "other-function"}});
    let key = |key: &str| json!({"key": key, "updated_at": "2026-04-05T09:00:00Z"});
    let table: [(&str, &str, Vec<Value>); 13] = [
        ("tokens enable my-function ci", "PATCH", vec![json!({"id": "tok_other"}), other_function.clone()]),
        ("tokens enable my-function ci", "PATCH", vec![json!({"status": "disabled"}), json!({"status": "paused"})]),
        ("tokens disable my-function ci -y", "PATCH", vec![json!({"id": "tok_other"}), json!({"status": "active"})]),
        ("tokens disable my-function ci -y", "PATCH", vec![other_redeploy.clone()]),
        ("tokens revoke my-function ci -y", "DELETE", vec![json!({"revoked": false}), json!({"id": "tok_other"})]),
        ("tokens prune my-function --name ci -y", "DELETE", vec![other_redeploy.clone(), json!({"id": "tok_other"})]),
        (
            "secrets set my-function A=2 B=3",
            "PUT",
            vec![json!({"items": [key("A")]}), json!({"items": [key("A"), key("C")]}), other_redeploy.clone()],
        ),
        ("secrets delete my-function A -y", "DELETE", vec![json!({"key": "B"}), other_redeploy.clone()]),
        ("functions create new", "POST", vec![json!({"slug": "other-function"})]),
        ("functions delete my-function -y", "DELETE", vec![json!({"slug": "other-function"})]),
        ("functions info my-function", "GET", vec![json!({"slug": "other-function"})]),
        ("deploy -y", "POST", vec![other_function.clone()]),
        (
            "tokens list my-function",
            "GET",
            vec![json!({"items": [{
                "id": "tok_1", "name": "ci", "prefix": "jfn_rt_abcd", "function": "other-function", "status": "active",
                "created_at": "2026-04-05T09:00:00Z",
            }]})],
        ),
    ];
    for (line, method, patches) in table {
        for patch in patches {
            let cli = cli();
            cli.sandbox.inject(Fault::patch(patch.clone()).method(method));
            let arguments: Vec<&str> = line.split(' ').chain(["--json"]).collect();
            let ran = cli.jelou(&arguments);
            assert_eq!(ran.status, 9, "{line} {patch} {ran:?}");
            let error = &ran.json()["error"];
            assert_eq!((&error["code"], &error["retryable"]), (&json!("API_ERROR"), &json!(false)), "{line} {patch}");
            let asked = cli.sandbox.requests().iter().filter(|request| request.method == method).count();
            assert_eq!(asked, 1, "{line} {patch}");
        }
    }
}

#[test]
fn an_answer_about_another_id_is_no_success() {
    let cli = cli();
    let token = id_of(&cli, "ci");
    cli.jelou(&["deploy", "-y"]).ended(0);
    let deployment = cli.jelou(&["deployments", "list", "my-function", "--quiet"]).ended(0).stdout;
    let deployment = deployment.lines().next().expect("a deployment");
    for arguments in [
        ["tokens", "rotate", "my-function", token.as_str()],
        ["deployments", "info", "my-function", deployment],
        ["deployments", "wait", "my-function", deployment],
    ] {
        for patch in [json!({"id": "tok_other"}), json!({"function": "other-function"})] {
            let before = cli.sent(true);
            cli.sandbox.inject(Fault::patch(patch.clone()).method("GET"));
            let ran = cli.jelou(&[&arguments[..], &["--json"]].concat());
            assert_eq!(ran.status, 9, "{arguments:?} {patch} {ran:?}");
            assert_eq!(ran.json()["data"], false, "{patch}");
            assert_eq!(cli.sent(true), before, "nothing is changed on such a word");
        }
    }
}

/// A redeploy whose state is answered with another's is not live.
#[test]
fn a_wait_is_not_ended_by_the_state_of_another_deployment() {
    let cli = cli();
    cli.sandbox.inject(
        Fault::patch(json!({"id": "dep_other", "status": "live"})).method("GET").path("/v1/functions/*/deployments/*"),
    );
    let arguments = ["secrets", "set", "my-function", "A=2", "--wait", "--timeout", "5s", "--json"];
    let ran = cli.jelou(&arguments).ended(11);
    assert!(ran.stderr.contains("dep_other"), "{ran:?}");
    assert_eq!(ran.json()["data"][0]["key"], "A", "{ran:?}");
}

#[test]
fn a_token_that_has_expired_is_not_enabled() {
    let cli = cli();
    let old = id_of(&cli, "old");
    for reference in ["old", old.as_str()] {
        let ran = cli.jelou(&["tokens", "enable", "my-function", reference, "--json"]).ended(7);
        let error = &ran.json()["error"];
        assert!(error["message"].as_str().unwrap().contains("has expired"), "{ran:?}");
        assert!(error["hint"].as_str().unwrap().contains(&format!("jelou tokens rotate my-function {old}")), "{ran:?}");
    }
    let ran = cli.jelou(&["tokens", "enable", "my-function", "old", "ci", "--json"]).ended(12).json();
    let items = &ran["data"];
    assert_eq!((&items[0]["status"], &items[1]["status"]), (&json!("failed"), &json!("enabled")));
    assert_eq!((&items[0]["name"], &items[0]["id"]), (&json!("old"), &json!(old)));
    assert!(cli.sent(true).iter().all(|line| line.starts_with("PATCH ")));
}

/// It is refused, which is what disabling is for.
#[test]
fn a_token_that_has_expired_is_reported_as_expired_when_it_is_disabled() {
    let cli = cli();
    let ran = cli.jelou(&["tokens", "disable", "my-function", "old", "-y", "--json"]).ended(0).json();
    assert_eq!(ran["data"][0]["status"], "expired");
    let ran = cli.jelou(&["tokens", "disable", "my-function", "old", "-y"]).ended(0);
    assert!(ran.stdout.contains("has expired") && !ran.stdout.contains("disabled"), "{ran:?}");
}

/// An old token that got no end is no old token that ends in ten minutes.
#[test]
fn a_grace_period_that_is_not_confirmed_fails() {
    let cli = cli();
    cli.sandbox.inject(Fault::patch(json!({"expires_at": null})).method("PATCH"));
    let ran = cli.jelou(&["tokens", "rotate", "my-function", "ci", "--grace", "10m"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(!ran.stdout.contains("accepted until"), "{ran:?}");
}
