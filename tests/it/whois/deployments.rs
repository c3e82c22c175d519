//! What the deployments of a function say of a value: that it is gone counts once a deployment is
//! live that carries it, and what is not understood is not taken for live.

use jelou::sandbox::{Fault, Fixture};
use serde_json::{Value, json};

use super::revoking::{left, statuses};
use super::{rows, value, whois, with_tokens};
use crate::support::cli::Cli;

fn message(document: &Value) -> &str {
    document["error"]["message"].as_str().unwrap_or_else(|| panic!("{document}"))
}

fn hint(document: &Value) -> &str {
    document["error"]["hint"].as_str().unwrap_or_else(|| panic!("{document}"))
}

/// A deployment of `alpha`, as a list shows it.
fn deployment(status: &str, reason: Option<&str>) -> Value {
    json!({"id": format!("dep_{status}"), "function": "alpha", "status": status, "reason": reason,
        "created_at": "2026-01-01T00:00:00Z", "live_at": null, "error": null, "files": [], "superseded_by": null})
}

/// Asks about a value that is gone while the deployments of `alpha` are these, the newest first.
fn check(pages: &[&[Value]], status: i32) -> Value {
    let cli = with_tokens(&[]);
    for (place, items) in pages.iter().enumerate() {
        let next = (place + 1 < pages.len()).then_some("next");
        let page = json!({"items": items, "next_cursor": next}).to_string();
        let fault = Fault::answer(200, page).path("/v1/functions/alpha/deployments");
        cli.sandbox.inject(if next.is_none() { fault.always() } else { fault });
    }
    whois(&cli, &["--check"], &value("gone", 'q'), status)
}

#[test]
fn what_is_not_understood_is_not_live() {
    let live = deployment("live", Some("deploy"));
    let unknown = deployment("pending", None);
    for items in [&[][..], &[unknown.clone(), live.clone()], &[deployment("paused", Some("token_revoked")), live]] {
        let document = check(&[items], 12);
        assert!(message(&document).contains("which deployment of `alpha` is live is not known"), "{document}");
        assert!(hint(&document).contains("jelou deployments list"), "{document}");
    }
    let cli = with_tokens(&[("alpha", "ci", &value("ciii", 'x'))]);
    let page = json!({"items": [unknown], "next_cursor": null}).to_string();
    cli.sandbox.inject(Fault::answer(200, page).path("/v1/functions/alpha/deployments").always());
    let document = whois(&cli, &["--revoke", "-y"], &value("ciii", 'y'), 12);
    assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["failed"], 2));
    let error = document["data"][0]["error"]["message"].as_str().unwrap();
    assert!(error.contains("is live is not known"), "{error}");
}

/// Else a build that failed once, of any function, would leave nothing all clear for ever.
#[test]
fn a_deployment_that_carries_no_revocation_is_nothing_to_wait_for() {
    let live = deployment("live", Some("deploy"));
    for reason in ["deploy", "token_created", "secrets_changed"] {
        for status in ["queued", "building", "failed"] {
            check(&[&[deployment(status, Some(reason)), live.clone()]], 0);
        }
    }
    for reason in [Some("token_revoked"), Some("token_updated"), Some("token_rotated"), Some("magic"), None] {
        for status in ["queued", "building", "failed"] {
            let document = check(&[&[deployment(status, reason), live.clone()]], 12);
            assert!(message(&document).contains("`alpha`"), "{document}");
        }
        check(&[&[live.clone(), deployment("failed", reason)]], 0);
    }
}

/// It carries what it took the place of, and the live one may stand on the next page.
#[test]
fn what_took_the_place_of_a_revocation_carries_it() {
    let [live, deploy, revoked] = [("live", "deploy"), ("building", "deploy"), ("superseded", "token_revoked")]
        .map(|(s, r)| deployment(s, Some(r)));
    check(&[&[deploy.clone(), revoked.clone(), live.clone()]], 12);
    check(&[std::slice::from_ref(&deploy), &[revoked.clone(), live.clone()]], 12);
    check(&[&[deploy], &[live.clone(), revoked.clone()]], 0);
    check(&[&[live, revoked]], 0);
}

#[test]
fn a_failed_deployment_never_gets_live() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::redeploy_fails());
    cli.jelou(&["tokens", "revoke", "alpha", "ci", "-y", "--wait"]).ended(11);
    let document = whois(&cli, &["--check"], &ci, 12);
    assert!(hint(&document).contains("failed") && hint(&document).contains("`jelou deploy`"), "{document}");
    assert!(!hint(&document).contains("when it is live"), "{document}");
    cli.jelou(&["secrets", "set", "alpha", "KEY=1", "--wait"]).ended(0);
    whois(&cli, &["--check"], &ci, 0);
}

#[test]
fn a_function_that_was_never_deployed_accepts_nothing() {
    let fixture = Fixture::parse(&json!({"functions": [{"slug": "alpha"}]}).to_string()).unwrap();
    let cli = Cli::with(|builder| builder.fixture(fixture));
    cli.jelou(&["functions", "create", "new"]).ended(0);
    assert_eq!(rows(&whois(&cli, &["--check"], &value("gone", 'q'), 0)), ["-/- null"]);
}
