//! A gateway of several nodes: one that refuses a value does not speak for those that accept it.

use std::time::Duration;

use jelou::sandbox::{Fault, Plane};

use super::revoking::{left, statuses};
use super::{rows, value, whois, with_tokens};
use crate::support::cli::Cli;

const FOR_LONG: Duration = Duration::from_secs(3600);

/// One refusal by the gateway, after so many other answers.
fn refusal(after: u32) -> Fault {
    let body = r#"{"error":"Unauthorized","message":"Missing or invalid X-Jelou-Token header"}"#;
    Fault::answer(401, body).on(Plane::Gateway).after(after)
}

/// A token that is disabled, and that every node accepts still.
fn lagging(ci: &str) -> Cli {
    let cli = with_tokens(&[("alpha", "ci", ci)]);
    cli.sandbox.inject(Fault::lag_for(FOR_LONG).method("PATCH"));
    cli.jelou(&["tokens", "disable", "alpha", "ci", "-y", "--wait"]).ended(0);
    cli
}

#[test]
fn one_refusal_is_no_proof() {
    let ci = value("ciii", 'x');
    let cli = lagging(&ci);
    assert_eq!(rows(&whois(&cli, &["--check"], &ci, 12)), ["alpha/ci true"]);
    for after in 0..3 {
        let cli = lagging(&ci);
        cli.sandbox.inject(refusal(after));
        let document = whois(&cli, &["--check"], &ci, 12);
        assert_eq!(rows(&document), ["alpha/ci null"], "{after}");
        assert!(document["error"]["message"].as_str().is_some_and(|text| text.contains("disagree")), "{document}");
    }
    let cli = lagging(&ci);
    for after in 0..3 {
        cli.sandbox.inject(refusal(after));
    }
    let document = whois(&cli, &["--check"], &ci, 0);
    assert_eq!(rows(&document), ["alpha/ci false"], "three in a row are one");
}

/// Nor is a token revoked of which the nodes say different things.
#[test]
fn where_nodes_disagree_nothing_is_revoked() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(refusal(1));
    let document = whois(&cli, &["--revoke", "-y"], &ci, 12);
    assert_eq!((statuses(&document), left(&cli, "alpha").len()), (vec!["failed"], 2));
}

#[test]
fn after_revoking_one_refusal_is_none_either() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.sandbox.inject(Fault::lag_for(FOR_LONG).method("DELETE"));
    // Three with the value and one with another; then it is asked again.
    cli.sandbox.inject(refusal(4));
    let document = whois(&cli, &["--revoke", "-y", "--wait", "--timeout", "1s"], &ci, 11);
    assert_eq!((rows(&document), statuses(&document)), (vec!["alpha/ci true".to_owned()], vec!["revoked"]));
}

/// A value has several readings where the end is not clear, and the gateway is asked about each.
#[test]
fn what_is_said_of_one_reading_hides_no_other() {
    let ci = value("ciii", 'x');
    let mut cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.set("JELOU_RETRIES", "0");
    cli.sandbox.inject(Fault::status(503).on(Plane::Gateway));
    let document = whois(&cli, &["--check"], &format!("{ci}.log"), 12);
    assert_eq!(rows(&document), ["alpha/ci true"], "{document}");
}
